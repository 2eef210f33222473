"""The object code of each instruction set: that it uses what it may, and nothing of those above it."""

import platform
import re
import shutil
import subprocess

import pytest

from pymlp._engine import core

pytestmark = pytest.mark.skipif(
    not shutil.which("objdump") or platform.machine() not in ("x86_64", "AMD64"),
    reason="objdump reads x86-64 code here, or is missing",
)

ALLOWED = {  # the widest registers, and instructions that only this set and those above it have
    "baseline": ("xmm", r"\tv\w+ .*%[xyz]mm"),  # every instruction of AVX starts with a v
    "avx2": ("ymm", r"%zmm|%k[0-7]|%[xyz]mm(1[6-9]|2\d|3[01])"),
    "avx512": ("zmm", None),
}


@pytest.fixture(scope="module")
def functions():
    """Each function's code, by name."""
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", core.__file__],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parts = re.split(r"^[0-9a-f]+ <([^>]+)>:\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("isa", list(ALLOWED))
def test_registers(isa, functions):
    widest, foreign = ALLOWED[isa]
    # GCC adds endings such as .part.0 to what it has taken apart.
    own = {
        name: code for name, code in functions.items() if re.search(rf"_f(32|64)_{isa}(\.|$)", name)
    }
    assert len(own) > 50
    for kernel in (
        "dense_part",
        "dense_dx_part",
        "dense_dkernel_part",
        "exp_row",
        "tanh_row",
        "softmax",
    ):
        for dtype in ("f32", "f64"):
            code = "".join(
                c for name, c in own.items() if name.split(".")[0] == f"{kernel}_{dtype}_{isa}"
            )
            assert f"%{widest}" in code, f"{kernel} makes no use of {widest} registers"
    for name, code in own.items():
        found = foreign and re.search(foreign, code)
        assert not found, f"{name} has an instruction that {isa} lacks: {found.group()}"


def test_everything_else_is_baseline(functions):
    """The runner, the team and the seam run on every machine."""
    others = {n: c for n, c in functions.items() if not re.search(r"_f(32|64)_avx(2|512)(\.|$)", n)}
    assert "work" in others or any("mlp_run" in name for name in others)
    for name, code in others.items():
        found = re.search(ALLOWED["baseline"][1], code)
        assert not found, f"{name} has an instruction of AVX"
