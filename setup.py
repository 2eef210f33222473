"""The build: one extension module out of csrc/ and pymlp/_engine/.

Environment: PYMLP_WERROR=1 makes compiler warnings errors, PYMLP_SANITIZE=address builds with
AddressSanitizer and UBSan, PYMLP_DEBUG=1 keeps assertions.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

UNITS = [
    "team",
    "program",
    "shuffle",
    "dispatch",
    "isa/baseline",
    "isa/avx2",
    "isa/avx512",
    "isa/neon",
]


def compile_flags() -> list[str]:
    if sys.platform == "win32" and "GCC" not in sys.version:
        raise SystemExit(
            "pymlp's kernels use the vector extensions of GCC and Clang, which MSVC lacks: build it with the Python of "
            "MSYS2 (UCRT64 or MINGW64)."
        )
    # Nothing here depends on the machine that builds, and nothing changes what floating-point numbers mean
    # (no -march=native, no -ffast-math): the instruction set is chosen at run time.
    flags = ["-std=c11", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"]
    flags += ["-fvisibility=hidden", "-Wall", "-Wextra", "-Wvla"]
    if sys.platform == "win32":
        # The stack is aligned to 16 bytes there, and GCC moves wider vectors as if to more (its bug 54412).
        flags += ["-Wa,-muse-unaligned-vector-move"]
    if os.environ.get("PYMLP_WERROR"):
        flags += ["-Werror", "-Wno-error=unused-parameter", "-Wno-unused-parameter"]
    if not os.environ.get("PYMLP_DEBUG"):
        flags += ["-DNDEBUG", "-g0"]
    if os.environ.get("PYMLP_SANITIZE") == "address":
        flags += ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g"]
    return flags


def link_flags() -> list[str]:
    flags = [] if sys.platform == "win32" else ["-pthread"]
    if os.environ.get("PYMLP_SANITIZE") == "address":
        flags += ["-fsanitize=address,undefined"]
    return flags


extension = Extension(
    "pymlp._engine.core",
    ["pymlp/_engine/core.pyx", *(f"csrc/{unit}.c" for unit in UNITS)],
    include_dirs=["csrc"],
    depends=[str(path) for path in Path("csrc").rglob("*.[ch]")],
    extra_compile_args=compile_flags(),
    extra_link_args=link_flags(),
)

setup(
    ext_modules=cythonize(
        [extension],
        compiler_directives={"language_level": 3, "freethreading_compatible": True},
    )
)
