"""The JSON Schemas of proto/, for every Python test."""
import json
import os

import jsonschema

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "proto")
NAMES = ("article", "result", "submission")


def load(name):
    with open(os.path.join(FOLDER, f"{name}.schema.json"), encoding="utf-8") as file:
        return json.load(file)


def checkers():
    found = {name: load(name) for name in NAMES}
    store = {schema["$id"]: schema for schema in found.values()}
    return {name: jsonschema.Draft202012Validator(
        schema, resolver=jsonschema.RefResolver(schema["$id"], schema, store))
            for name, schema in found.items()}


CHECKERS = checkers()


def faults(name, value):
    """What in `value` breaks proto/<name>.schema.json, as lines of text."""
    return [f"{error.json_path}: {leaf(error).message[:300]}"
            for error in CHECKERS[name].iter_errors(value)]


def leaf(error):
    """The nearest cause inside oneOf and anyOf."""
    return jsonschema.exceptions.best_match([error]) or error


def check(name, value):
    found = faults(name, value)
    assert not found, "\n".join(found)
