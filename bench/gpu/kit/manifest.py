"""manifest.json: kernels by name and chip, and how each is launched."""

import dataclasses
import json
import pathlib
import re

SIZES = {"ptr": 8, "i64": 8, "i32": 4, "f32": 4}


class ManifestError(Exception):
    pass


@dataclasses.dataclass
class Entry:
    """A function of a kernel: its arguments are (name, type) in order."""

    name: str
    threads: int
    shared_bytes: int
    arguments: list
    block_rows: int = 0
    wanted_blocks: int = 0
    least_keys_of_split: int = 0


@dataclasses.dataclass
class Kernel:
    name: str
    chip: str
    spec: dict
    path: pathlib.Path
    main: Entry
    combine: Entry | None

    def get(self, key):
        """A part of the spec: what is not written is off."""
        defaults = {"value_size": self.spec["head_size"]}
        return self.spec.get(key, defaults.get(key))


def parse_spec(text):
    """A spec as a dictionary: of a flag alone, True."""
    spec = {}
    for part in text.split(", "):
        key, _, value = part.partition(" = ")
        spec[key] = json.loads(value) if value else True
    return spec


def check_entry(entry, ptx):
    """That the PTX has the arguments that the manifest tells."""
    for kind in ("main", "combine"):
        function = entry[kind]
        if function is None:
            continue
        found = re.search(rf"\.entry {function['entry']}\((.*?)\n\)", ptx, re.DOTALL)
        types = re.findall(r"\.param \.(\w)(\d+)", found[1]) if found else []
        sizes = [int(bits) // 8 for _, bits in types]
        told = [SIZES[argument["type"]] for argument in function["arguments"]]
        if not told or sizes != told:
            raise ManifestError(f"{function['entry']} has {sizes} in its PTX, {told} as it is told")


def read_entry(data):
    if data is None:
        return None
    known = {field.name for field in dataclasses.fields(Entry)} - {"name", "arguments"}
    arguments = [(argument["name"], argument["type"]) for argument in data["arguments"]]
    for name, kind in arguments:
        if kind not in SIZES:
            raise ManifestError(f"argument {name} of {data['entry']} has the unknown type {kind}")
    return Entry(
        name=data["entry"], arguments=arguments, **{k: data[k] for k in known if k in data}
    )


def choose_chip(major, minor, chips):
    """The chip whose kernels a GPU runs, and whether its cubins do: those of a chip with
    an `a` run on that alone, others as PTX on all that are newer."""
    for chip in (f"sm_{major}{minor}a", f"sm_{major}{minor}"):
        if chip in chips:
            return chip, True
    older = [
        int(chip[3:]) for chip in chips if chip[3:].isdigit() and int(chip[3:]) <= 10 * major + minor
    ]
    if not older:
        raise ManifestError(
            f"no kernels for compute capability {major}.{minor}, only for {', '.join(sorted(chips))}"
        )
    return f"sm_{max(older)}", False


def read_manifest(folder):
    """Chips, each with its kernels by name. Paths are those of cubins where there are."""
    path = pathlib.Path(folder, "manifest.json")
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: {error}; bench/gpu/make writes it") from error
    if data.get("version") != 1:
        raise ManifestError(f"{path} has version {data.get('version')}, not 1; make it anew")
    chips = {}
    for kernel in data["kernels"]:
        chips.setdefault(kernel["chip"], {})[kernel["name"]] = Kernel(
            kernel["name"],
            kernel["chip"],
            kernel["spec"],
            pathlib.Path(folder, kernel["cubin"] or kernel["ptx"]),
            read_entry(kernel["main"]),
            read_entry(kernel["combine"]),
        )
    return chips
