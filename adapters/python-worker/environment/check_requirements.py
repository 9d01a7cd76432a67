"""Prints as JSON which requirements (a JSON list on the command line) this interpreter does not meet, each with what it has."""

import json
import sys
from importlib import metadata

try:
    from packaging.markers import default_environment
    from packaging.requirements import InvalidRequirement, Requirement
except ModuleNotFoundError:
    from pip._vendor.packaging.markers import default_environment
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement


# The same modules under another name.
SAME = {
    "xgboost": ["xgboost-cpu"],
    "tensorflow": ["tensorflow-cpu", "tensorflow-macos", "tensorflow-intel"],
    "onnxruntime": ["onnxruntime-gpu"],
    "opencv-python": ["opencv-python-headless"],
    "psycopg2": ["psycopg2-binary"],
    "mlflow-skinny": ["mlflow"],
}


def installed(name):
    """The version of a package; None where it is absent."""
    for known in (name, *SAME.get(name.lower().replace("_", "-"), ())):
        try:
            return metadata.version(known)
        except metadata.PackageNotFoundError:
            pass
    return None


def check(line):
    """None when it is met."""
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return {"wanted": line, "have": "?"}
    if wanted.marker is not None and not wanted.marker.evaluate(default_environment()):
        return None
    have = installed(wanted.name)
    met = have is not None and wanted.specifier.contains(have, prereleases=True)
    return None if met else {"wanted": line, "have": have}


found = [difference for difference in map(check, json.loads(sys.argv[1])) if difference is not None]
print(json.dumps({"version": ".".join(map(str, sys.version_info[:3])), "differences": found}))
