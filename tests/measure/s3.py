"""The S3-speaking server of the tests."""

import subprocess

from settings import BUILT


class S3:
    """Ends when its standard input is closed."""

    def __init__(self):
        self.process = subprocess.Popen([BUILT / "measuring", "s3-server"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.endpoint, self.secret = self.process.stdout.readline().split()

    def stop(self):
        self.process.communicate()
