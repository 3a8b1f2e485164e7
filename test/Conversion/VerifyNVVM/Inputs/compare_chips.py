"""Compares what lowbit-verify-nvvm and LLVM say of ops on the chips given."""

import concurrent.futures
import itertools
import re
import subprocess
import sys

H, ROW, COL = "vector<2xf16>", "#nvvm.mma_layout<row>", "#nvvm.mma_layout<col>"
LAYOUTS = f"layoutA = {ROW}, layoutB = {COL}"


def mma(op, kinds, counts, m, k, types, rest=""):
    """The text of a product, on poison: types of A, B and C, and how many of each."""
    names = [f"%p{i}" for i in range(3)]
    lines = [f"{n} = llvm.mlir.poison : {t}" for n, t in zip(names, types)]
    operands = " ".join(
        f"{x}[{', '.join([n] * c)}]" for x, n, c in zip("ABC", names, counts)
    )
    kind = f"multiplicandAPtxType = #nvvm.mma_type<{kinds}>, multiplicandBPtxType = #nvvm.mma_type<{kinds}>, "
    if kinds == "f16":
        kind = ""
    if types[2] == "i32":
        kind += "intOverflowBehavior = #nvvm.mma_int_overflow<wrapped>, "
    shape = f"shape = #nvvm.shape<m = {m}, n = 8, k = {k}>"
    layouts = "" if op.endswith("sp.sync") else LAYOUTS + ", "
    result = f"!llvm.struct<({', '.join([types[2]] * counts[2])})>"
    metadata, last = "", ""
    if op.endswith("sp.sync"):
        lines.append("%zero = llvm.mlir.constant(0 : i32) : i32")
        metadata = " sparseMetadata[%i] selector[%zero]"
    lines.append(
        f"%r = {op} {operands}{metadata} {{{kind}{layouts}{shape}{rest}}} : ({', '.join(types)}) -> {result}"
    )
    lines.append(f"llvm.store %r, %g : {result}, !llvm.ptr<1>")
    return "\n".join(lines)


def keep(text, kind):
    return f"%r = {text}\nllvm.store %r, %g : {kind}, !llvm.ptr<1>"


OPS = {
    "mma f16 k8": mma("nvvm.mma.sync", "f16", (2, 1, 4), 16, 8, (H, H, "f32")),
    "mma f16 k16": mma("nvvm.mma.sync", "f16", (4, 2, 4), 16, 16, (H, H, "f32")),
    "mma bf16 k8": mma("nvvm.mma.sync", "bf16", (2, 1, 4), 16, 8, ("i32", "i32", "f32")),
    "mma bf16 k16": mma("nvvm.mma.sync", "bf16", (4, 2, 4), 16, 16, ("i32", "i32", "f32")),
    "mma s8 k16": mma("nvvm.mma.sync", "s8", (2, 1, 4), 16, 16, ("i32", "i32", "i32")),
    "mma s8 k32": mma("nvvm.mma.sync", "s8", (4, 2, 4), 16, 32, ("i32", "i32", "i32")),
    "mma s8 m8": mma("nvvm.mma.sync", "s8", (1, 1, 2), 8, 16, ("i32", "i32", "i32")),
    "mma s4 k64": mma("nvvm.mma.sync", "s4", (4, 2, 4), 16, 64, ("i32", "i32", "i32")),
    "mma.sp f16": mma("nvvm.mma.sp.sync", "f16", (2, 2, 4), 16, 16, (H, H, "f32")),
    "mma.sp s8": mma("nvvm.mma.sp.sync", "s8", (2, 2, 4), 16, 32, ("i32", "i32", "i32")),
    "mma.sp ordered": mma("nvvm.mma.sp.sync", "bf16", (4, 4, 4), 16, 32, ("i32", "i32", "f32"), ", orderedMetadata"),
    "ldmatrix": keep(
        f"nvvm.ldmatrix %s {{num = 1 : i32, layout = {ROW}, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, "
        "eltType = #nvvm.ld_st_matrix_elt_type<b16>} : (!llvm.ptr<3>) -> i32",
        "i32",
    ),
    "shfl": keep("nvvm.shfl.sync bfly %i, %f, %i, %i : f32 -> f32", "f32"),
    "vote": keep("nvvm.vote.sync ballot %i, %b -> i32", "i32"),
    "match": keep("nvvm.match.sync any %i, %i : i32 -> i32", "i32"),
    "redux": keep("nvvm.redux.sync add %i, %i : i32 -> i32", "i32"),
    "redux fmax": keep("nvvm.redux.sync fmax %f, %i : f32 -> f32", "f32"),
    "elect": keep("nvvm.elect.sync -> i1", "i1"),
    "barrier": "nvvm.barrier0",
    "barrier with a number": "nvvm.barrier id = %i number_of_threads = %i",
    "warp barrier": "nvvm.bar.warp.sync %i : i32",
    "cp.async": "nvvm.cp.async.shared.global %s, %g, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>",
    "commit": "nvvm.cp.async.commit.group",
    "wait": "nvvm.cp.async.wait.group 0",
    "to f16x2": keep("nvvm.convert.f32x2.to.f16x2 %f, %f {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xf16>", "vector<2xf16>"),
    "to bf16x2": keep("nvvm.convert.f32x2.to.bf16x2 %f, %f {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>", "vector<2xbf16>"),
    "f8 to f16x2": "%x = llvm.mlir.poison : vector<2xi8>\n"
    + keep("nvvm.convert.f8x2.to.f16x2 %x : vector<2xi8> (f8E4M3FN) -> vector<2xf16>", "vector<2xf16>"),
    "prmt": keep("nvvm.prmt #nvvm.permute_mode<default> %i, %i, %i : i32", "i32"),
    "rcp": keep("nvvm.rcp.approx.ftz.f %f : f32", "f32"),
    "ex2": keep('llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%f) : (f32) -> f32', "f32"),
    "lg2": keep('llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%f) : (f32) -> f32', "f32"),
    "atomic fadd": keep("llvm.atomicrmw fadd %g, %f monotonic : !llvm.ptr<1>, f32", "f32"),
    "atomic fadd f16": keep("llvm.atomicrmw fadd %g, %h monotonic : !llvm.ptr<1>, f16", "f16"),
    "atomic max": keep("llvm.atomicrmw max %g, %i monotonic : !llvm.ptr<1>, i32", "i32"),
    "nanosleep": "nvvm.nanosleep %i",
    "membar": "nvvm.memory.barrier #nvvm.mem_scope<cta>",
    "bf16 fadd": "%x = llvm.fptrunc %f : f32 to bf16\n" + keep("llvm.fadd %x, %x : bf16", "bf16"),
    "stmatrix": f"nvvm.stmatrix %s, %i {{layout = {ROW}, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>, "
    "eltType = #nvvm.ld_st_matrix_elt_type<b16>} : !llvm.ptr<3>, i32",
    "griddepcontrol": "nvvm.griddepcontrol wait",
    "try_wait": keep("nvvm.mbarrier.try_wait %s, %i : !llvm.ptr<3>, i32 -> i1", "i1"),
    "setmaxregister": "nvvm.setmaxregister increase 232",
}


# LLVM writes PTX of them that ptxas does not take.
LAX = {(op, "sm_75") for op in ("mma bf16 k8", "to f16x2", "to bf16x2")}


def succeeds(text, passes):
    done = subprocess.run(
        ["quant-opt", "--pass-pipeline=builtin.module(" + passes + ")", "--disable-symbolication"],
        input=text,
        capture_output=True,
        text=True,
    )
    return done.returncode == 0, done.stderr


def compare(work):
    name, chip, ptx = work
    text = f"""gpu.module @m [#nvvm.target<chip = "{chip}", features = "+ptx{ptx}">] {{
      llvm.func @k(%g: !llvm.ptr<1>, %s: !llvm.ptr<3>, %i: i32, %f: f32, %h: f16, %b: i1) attributes {{nvvm.kernel}} {{
        {OPS[name]}
        llvm.return
      }}
    }}"""
    checked, why = succeeds(text, "gpu.module(lowbit-verify-nvvm)")
    compiled, _ = succeeds(
        text, "gpu.module(convert-nvvm-to-llvm),gpu-module-to-binary{format=isa}"
    )
    # What upstream's dialect refuses by itself needs no check.
    if not checked and not re.search("no code|and newer|its family|is not supported on", why):
        return f"{name} on {chip}, PTX {ptx}: {why.strip().splitlines()[0]}"
    if checked != compiled and (name, chip) not in LAX:
        return f"{name} on {chip}, PTX {ptx}: the check {'passes' if checked else 'fails'}, LLVM does not"
    return None


CHIPS = sys.argv[1:]
WORK = list(itertools.product(OPS, CHIPS, [88]))
# What hangs on the version, on chips that are older than it.
WORK += [("mma.sp ordered", chip, ptx) for chip in CHIPS for ptx in (84, 85) if int(re.sub(r"\D", "", chip)) < 100]

with concurrent.futures.ThreadPoolExecutor(2) as pool:
    found = [d for d in pool.map(compare, WORK) if d]
for difference in found:
    print(difference)
print(f"{len(OPS)} ops, {len(found)} differ")
