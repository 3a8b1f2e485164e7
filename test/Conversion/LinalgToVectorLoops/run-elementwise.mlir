// REQUIRES: python-numpy
// RUN: %python %S/Inputs/compare.py %s %t

// Executed by both lowerings at sizes around the vector length; every result
// has to have the same bytes. Inputs are in Inputs/compare.py.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#column = affine_map<(d0, d1) -> (d0)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#eighth = affine_map<(d0, d1) -> (d0, d1 floordiv 8)>
#big = affine_map<(d0, d1) -> (d0, d1 floordiv 32)>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"}, %t: tensor<?x?xf32> {lowbit.name = "xt"},
                %r: tensor<?xf32> {lowbit.name = "row"}, %c: tensor<?xf32> {lowbit.name = "column"},
                %i: tensor<?x?xi32> {lowbit.name = "i"}, %j: tensor<?x?xi64> {lowbit.name = "j"},
                %b8: tensor<?x?xi8> {lowbit.name = "eighth"}, %big: tensor<?x?xf16> {lowbit.name = "big"},
                %p: tensor<?x?xi1> {lowbit.name = "p"}, %ids: tensor<?x?xi64> {lowbit.name = "ids"})
    -> (tensor<?x?xf32> {lowbit.name = "broadcast"}, tensor<?x?xf32> {lowbit.name = "transposed"},
        tensor<?x?xi8> {lowbit.name = "repeated"}, tensor<?x?xf32> {lowbit.name = "uniform"},
        tensor<?x?xi32> {lowbit.name = "quotient"}, tensor<?x?xi64> {lowbit.name = "position"},
        tensor<?x?xi1> {lowbit.name = "less"}, tensor<?x?xf32> {lowbit.name = "select"},
        tensor<?x?xf32> {lowbit.name = "gather"}, tensor<?x?xf32> {lowbit.name = "copied"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %f = tensor.empty(%m, %n) : tensor<?x?xf32>
  %e8 = tensor.empty(%m, %n) : tensor<?x?xi8>
  %e32 = tensor.empty(%m, %n) : tensor<?x?xi32>
  %e64 = tensor.empty(%m, %n) : tensor<?x?xi64>
  %e1 = tensor.empty(%m, %n) : tensor<?x?xi1>
  // Contiguous, one element per row, one per column.
  %y0 = linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %r, %c : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %d: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %u = arith.mulf %s, %d : f32
    linalg.yield %u : f32
  } -> tensor<?x?xf32>
  // A distance apart: gathers.
  %y1 = linalg.generic {indexing_maps = [#id, #swap, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %t : tensor<?x?xf32>, tensor<?x?xf32>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  // Eight lanes, then a vector and more, on one element.
  %y2 = linalg.generic {indexing_maps = [#eighth, #id], iterator_types = ["parallel", "parallel"]} ins(%b8 : tensor<?x?xi8>) outs(%e8 : tensor<?x?xi8>) {
  ^bb0(%a: i8, %o: i8):
    %k = linalg.index 1 : index
    %c8 = arith.constant 8 : index
    %bit = arith.remui %k, %c8 : index
    %shift = arith.index_cast %bit : index to i8
    %s = arith.shrui %a, %shift : i8
    linalg.yield %s : i8
  } -> tensor<?x?xi8>
  %y3 = linalg.generic {indexing_maps = [#big, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%big, %x : tensor<?x?xf16>, tensor<?x?xf32>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%a: f16, %b: f32, %o: f32):
    %w = arith.extf %a : f16 to f32
    %s = arith.mulf %w, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  // The divisor of a lane that does not exist must not be zero.
  %y4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%i : tensor<?x?xi32>) outs(%e32 : tensor<?x?xi32>) {
  ^bb0(%a: i32, %o: i32):
    %one = arith.constant 1 : i32
    %d = arith.subi %a, %one : i32
    %q = arith.divsi %a, %d : i32
    linalg.yield %q : i32
  } -> tensor<?x?xi32>
  %y5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%j : tensor<?x?xi64>) outs(%e64 : tensor<?x?xi64>) {
  ^bb0(%a: i64, %o: i64):
    %k0 = linalg.index 0 : index
    %k1 = linalg.index 1 : index
    %k = arith.addi %k0, %k1 : index
    %w = arith.index_cast %k : index to i64
    %s = arith.addi %a, %w : i64
    linalg.yield %s : i64
  } -> tensor<?x?xi64>
  // Booleans take a byte each in memory.
  %y6 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x?xf32>, tensor<?xf32>) outs(%e1 : tensor<?x?xi1>) {
  ^bb0(%a: f32, %b: f32, %o: i1):
    %s = arith.cmpf olt, %a, %b : f32
    linalg.yield %s : i1
  } -> tensor<?x?xi1>
  %y7 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %x : tensor<?x?xi1>, tensor<?x?xf32>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%a: i1, %b: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %s = arith.select %a, %b, %zero : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  %y8 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?x?xi64>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%a: i64, %o: f32):
    %k = linalg.index 1 : index
    %at = arith.index_cast %a : i64 to index
    %s = tensor.extract %x[%at, %k] : tensor<?x?xf32>
    %u = tensor.extract %r[%k] : tensor<?xf32>
    %v = arith.addf %s, %u : f32
    linalg.yield %v : f32
  } -> tensor<?x?xf32>
  %y9 = linalg.copy ins(%x : tensor<?x?xf32>) outs(%f : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %y8, %y9 : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xi8>, tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xi64>, tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
