/* Holds a file open and lets nobody else open, rename or remove it, until a line comes on standard input. */
#include <stdio.h>
#include <windows.h>

int main(int count, char **words)
{
    HANDLE file;
    if (count != 2)
        return 2;
    file = CreateFileA(words[1], GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("error %lu\n", GetLastError());
        return 1;
    }
    puts("held");
    fflush(stdout);
    getchar();
    CloseHandle(file);
    return 0;
}
