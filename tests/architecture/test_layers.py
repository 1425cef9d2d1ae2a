"""The cut of the code: which folder may include which, and what the programs link."""

import pathlib
import re
import subprocess

import pytest

from harness import BUILD, ROOT

# A folder and those whose headers it may include, beside its own.
MAY_INCLUDE = {
    "base": set(),
    "hf": set(),
    "config": {"base"},
    "corpus": {"base", "config", "hf"},
    "spec": {"base", "hf"},
    "measure": {"base"},
    "model": {"base", "spec", "measure"},
    "comm": {"base"},
    "archive": {"base"},
    "exchange": {"base", "archive"},
    "sweep": {"base", "config", "corpus", "spec", "model", "comm", "archive"},
    "slurm": {"base"},
    "reduce": {"base", "archive"},
    "apps": {"base", "config", "corpus", "spec", "model", "comm", "archive", "sweep", "exchange",
             "reduce", "slurm", "apps"},
}

# A library and the folders (or files) that are its door.
DOORS = {
    r"yaml-cpp/": {"config"},
    r"(torch|ATen|c10)/": {"model"},
    r"mpi\.h": {"comm"},
    r"hdf5(_hl)?\.h|H5\w+\.h": {"archive", "reduce"},
    r"archive(_entry)?\.h": {"corpus"},
    r"CLI/": {"apps"},
    r"csv\.h": {"exchange"},
    r"hf/hf\.h": {"corpus", "spec"},
    r"Eigen/": {"reduce"},
    r"spdlog/": {"base/log.cpp"},
    r"blake2\.h": {"base/hash.cpp"},
    r"Random123/": {"base/philox.cpp"},
    r"lapacke\.h": {"measure"},
    r"libxsmm\.h": {"model"},
}

# In a public header none of these may stand: it would reach every includer.
THIRD_PARTY = r"(yaml-cpp|torch|ATen|c10|nlohmann|spdlog|Eigen|Random123|boost)/|hdf5|H5\w+\.h|mpi\.h|blake2\.h|archive\.h|csv\.h|lapacke\.h|libxsmm\.h|zlib\.h"


def sources():
    """(folder, path) of every C++ file of the programs."""
    for top in (ROOT / "src", ROOT / "analysis" / "reduce"):
        for path in sorted(top.rglob("*.[ch]pp")):
            folder = path.relative_to(ROOT / "src").parts[0] if top.name == "src" else "reduce"
            yield folder, path


def includes(path):
    return re.findall(r'^\s*#include\s+[<"]([^">]+)[">]', path.read_text(), re.MULTILINE)


def test_folders_include_only_what_they_may():
    wrong = []
    for folder, path in sources():
        for name in includes(path):
            other = name.split("/")[0]
            if "/" in name and other in MAY_INCLUDE and other not in MAY_INCLUDE[folder] | {folder}:
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_the_table_has_no_cycle():
    done = set()
    left = {f: set(o) - {f} for f, o in MAY_INCLUDE.items()}
    while left:
        free = {f for f, others in left.items() if others <= done}
        assert free, f"a cycle among {sorted(left)}"
        done |= free
        for folder in free:
            del left[folder]


def test_every_library_has_one_door():
    wrong = []
    for folder, path in sources():
        place = f"{folder}/{path.name}"
        for name in includes(path):
            for library, doors in DOORS.items():
                if re.fullmatch(library + r".*", name) and not {folder, place} & doors:
                    wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, "\n".join(wrong)


def included_elsewhere():
    """Headers that a file of another folder includes."""
    found = set()
    for folder, path in sources():
        for name in includes(path):
            if "/" in name and name.split("/")[0] in MAY_INCLUDE and name.split("/")[0] != folder:
                found.add(name)
    return sorted(found)


def test_shared_headers_show_no_third_party_type():
    headers = included_elsewhere()
    assert "model/evaluator.hpp" in headers and len(headers) > 20
    wrong = []
    for header in headers:
        path = ROOT / ("analysis" if header.startswith("reduce/") else "src") / header
        wrong += [f"{header} includes {name}" for name in includes(path)
                  if re.match(THIRD_PARTY, name)]
    assert not wrong, "\n".join(wrong)


def test_the_sweep_sees_the_model_only_through_its_evaluator():
    for folder, path in sources():
        if folder == "sweep":
            assert {n for n in includes(path) if n.startswith("model/")} <= {"model/evaluator.hpp"}


def needed(program):
    text = subprocess.run(["readelf", "-d", str(BUILD / program)], capture_output=True, text=True,
                          check=True).stdout
    return re.findall(r"NEEDED.*\[(.*)\]", text)


def test_attnsweep_links_neither_libtorch_nor_mpi():
    # What it needs, and what that needs in turn, as the loader finds it.
    text = subprocess.run(["ldd", str(BUILD / "attnsweep")], capture_output=True, text=True,
                          check=True).stdout
    assert not re.search(r"libtorch|libc10|libmpi|libopen-(rte|pal)", text), text
    assert any("libhdf5" in name for name in needed("attnsweep"))


def test_attnsweep_run_links_both():
    names = " ".join(needed("attnsweep-run"))
    assert "libtorch" in names and "libmpi" in names


@pytest.mark.parametrize("folder", ["src", "analysis", "tests", "jobs"])
def test_files_hold_one_idea(folder):
    """400 lines is where a file outgrows its name."""
    long = []
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix in {".cpp", ".hpp", ".py", ".rs", ".sh"} and path.is_file():
            n = len(path.read_text().splitlines())
            if n > 400:
                long.append(f"{path.relative_to(ROOT)}: {n} lines")
    assert not long, "\n".join(long)


def test_this_test_knows_every_folder():
    folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir() and list(p.glob("*.[ch]pp"))}
    assert folders <= set(MAY_INCLUDE), folders - set(MAY_INCLUDE)
    assert pathlib.Path(ROOT / "analysis" / "reduce").is_dir()
