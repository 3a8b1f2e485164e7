// REQUIRES: python-numpy
// RUN: %python %S/Inputs/compare.py %s %t 2e-4

// Executed by both lowerings at sizes around the vector length. Sums differ in
// their order; all else is exact. A NaN is the maximum of what it is among.

#id = affine_map<(d0, d1) -> (d0, d1)>
#outer = affine_map<(d0, d1) -> (d0)>
#inner = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"}, %nans: tensor<?x?xf32> {lowbit.name = "nans"},
                %i: tensor<?x?xi32> {lowbit.name = "i"}, %c: tensor<?xf32> {lowbit.name = "column"})
    -> (tensor<?xf32> {lowbit.name = "sum"}, tensor<?xf32> {lowbit.name = "columns"},
        tensor<?xf32> {lowbit.name = "maximum"}, tensor<?xf32> {lowbit.name = "minimum"},
        tensor<?xi32> {lowbit.name = "largest"}, tensor<?xi32> {lowbit.name = "bits"},
        tensor<f32> {lowbit.name = "total"}, tensor<?xf32> {lowbit.name = "two"}, tensor<?xf32> {lowbit.name = "also"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %highest = arith.constant 0x7F800000 : f32
  %least = arith.constant -2147483648 : i32
  %none = arith.constant 0 : i32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%m) : tensor<?xf32>
  %en = tensor.empty(%n) : tensor<?xf32>
  %ei = tensor.empty(%m) : tensor<?xi32>
  %es = tensor.empty() : tensor<f32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %columnZeros = linalg.fill ins(%zero : f32) outs(%en : tensor<?xf32>) -> tensor<?xf32>
  %lows = linalg.fill ins(%lowest : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %highs = linalg.fill ins(%highest : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %leasts = linalg.fill ins(%least : i32) outs(%ei : tensor<?xi32>) -> tensor<?xi32>
  %nones = linalg.fill ins(%none : i32) outs(%ei : tensor<?xi32>) -> tensor<?xi32>
  %scalarZero = linalg.fill ins(%zero : f32) outs(%es : tensor<f32>) -> tensor<f32>
  // The init takes part.
  %y0 = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%c : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %q, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  // Along the outer dimension: vectors of the other.
  %y1 = linalg.generic {indexing_maps = [#id, #inner], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<?x?xf32>) outs(%columnZeros : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %y2 = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%nans : tensor<?x?xf32>) outs(%lows : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.maximumf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %y3 = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%nans : tensor<?x?xf32>) outs(%highs : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.minnumf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %y4 = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%i : tensor<?x?xi32>) outs(%leasts : tensor<?xi32>) {
  ^bb0(%a: i32, %o: i32):
    %s = arith.maxsi %a, %o : i32
    linalg.yield %s : i32
  } -> tensor<?xi32>
  %y5 = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%i : tensor<?x?xi32>) outs(%nones : tensor<?xi32>) {
  ^bb0(%a: i32, %o: i32):
    %s = arith.xori %o, %a : i32
    linalg.yield %s : i32
  } -> tensor<?xi32>
  %y6 = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%scalarZero : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  // Two results of one pass.
  %y7:2 = linalg.generic {indexing_maps = [#id, #outer, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%lows, %zeros : tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32, %p: f32):
    %s = arith.maxnumf %a, %o : f32
    %u = arith.addf %a, %p : f32
    linalg.yield %s, %u : f32, f32
  } -> (tensor<?xf32>, tensor<?xf32>)
  return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7#0, %y7#1 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xi32>, tensor<?xi32>, tensor<f32>, tensor<?xf32>, tensor<?xf32>
}
