// REQUIRES: python-numpy
// RUN: %python %S/../LinalgToVectorLoops/Inputs/compare.py %s %t 2e-5

// What shares a loop over rows computes what it did apart: softmax, a norm with its
// encoding, and rows that hold a NaN or an infinity, which leave other rows as they
// are. Sums differ in their order.

#id = affine_map<(d0, d1) -> (d0, d1)>
#outer = affine_map<(d0, d1) -> (d0)>
#inner = affine_map<(d0, d1) -> (d1)>
#one = affine_map<(d0) -> (d0)>
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"}, %nans: tensor<?x?xf32> {lowbit.name = "nans"},
                %row: tensor<?xf32> {lowbit.name = "row"})
    -> (tensor<?x?xf32> {lowbit.name = "softmax"}, tensor<?x?xf32> {lowbit.name = "normed"},
        tensor<?xf32> {lowbit.name = "scales"},
        tensor<?x?xf32> {lowbit.name = "signed"}, tensor<?x?xf32> {lowbit.name = "unsigned"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %eps = arith.constant 1.0e-5 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %length = arith.index_cast %n : index to i32
  %count = arith.sitofp %length : i32 to f32
  %e = tensor.empty(%m) : tensor<?xf32>
  %e2 = tensor.empty(%m, %n) : tensor<?x?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %lows = linalg.fill ins(%lowest : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>

  %max = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%lows : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.maximumf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %exp = linalg.generic {indexing_maps = [#id, #outer, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %max : tensor<?x?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%exp : tensor<?x?xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %softmax = linalg.generic {indexing_maps = [#id, #outer, #id], iterator_types = ["parallel", "parallel"]} ins(%exp, %sum : tensor<?x?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.divf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>

  %squares = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %a, %a : f32
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %root = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%squares : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.divf %a, %count : f32
    %p = arith.addf %q, %eps : f32
    %s = math.rsqrt %p : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %normed = linalg.generic {indexing_maps = [#id, #outer, #inner, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %root, %row : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.mulf %p, %c : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  %encoded = lowbit.encode %normed : tensor<?x?xf32> to tensor<?x?xf32, #i8>
  %codes, %scales = lowbit.disassemble %encoded : tensor<?x?xf32, #i8> to tensor<?x?xi8>, tensor<?xf32>

  %s8 = lowbit.encode %nans : tensor<?x?xf32> to tensor<?x?xf32, #i8>
  %signed = lowbit.decode %s8 : tensor<?x?xf32, #i8> to tensor<?x?xf32>
  %z8 = lowbit.encode %nans : tensor<?x?xf32> to tensor<?x?xf32, #u8>
  %unsigned = lowbit.decode %z8 : tensor<?x?xf32, #u8> to tensor<?x?xf32>
  return %softmax, %normed, %scales, %signed, %unsigned : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
