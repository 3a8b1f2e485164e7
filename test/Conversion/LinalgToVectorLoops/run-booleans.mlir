// REQUIRES: python-numpy
// RUN: %python %S/Inputs/compare.py %s %t

// Masks in memory, which loops read and write as bytes: both lowerings have to
// give the same.

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#outer = affine_map<(d0, d1) -> (d0)>
#inner = affine_map<(d0, d1) -> (d1)>

func.func @main(%x: tensor<?x?xf32> {lowbit.name = "x"}, %p: tensor<?x?xi1> {lowbit.name = "p"})
    -> (tensor<?x?xi1> {lowbit.name = "greater"}, tensor<?x?xf32> {lowbit.name = "where"},
        tensor<?x?xi1> {lowbit.name = "transposed"}, tensor<?xi1> {lowbit.name = "any"},
        tensor<?xi1> {lowbit.name = "all"}, tensor<?x?xi1> {lowbit.name = "extracted"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %false = arith.constant false
  %true = arith.constant true
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %bits = tensor.empty(%m, %n) : tensor<?x?xi1>
  %across = tensor.empty(%n, %m) : tensor<?x?xi1>
  %floats = tensor.empty(%m, %n) : tensor<?x?xf32>
  %rows = tensor.empty(%m) : tensor<?xi1>
  %columns = tensor.empty(%n) : tensor<?xi1>
  %greater = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x?xf32>) outs(%bits : tensor<?x?xi1>) {
  ^bb0(%a: f32, %e: i1):
    %s = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %s : i1
  } -> tensor<?x?xi1>
  %where = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %greater, %x : tensor<?x?xi1>, tensor<?x?xi1>, tensor<?x?xf32>) outs(%floats : tensor<?x?xf32>) {
  ^bb0(%a: i1, %g: i1, %b: f32, %e: f32):
    %c = arith.xori %a, %g : i1
    %s = arith.select %c, %b, %zero : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  %transposed = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<?x?xi1>) outs(%across : tensor<?x?xi1>) {
  ^bb0(%a: i1, %e: i1):
    linalg.yield %a : i1
  } -> tensor<?x?xi1>
  %none = linalg.fill ins(%false : i1) outs(%rows : tensor<?xi1>) -> tensor<?xi1>
  %any = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction"]} ins(%p : tensor<?x?xi1>) outs(%none : tensor<?xi1>) {
  ^bb0(%a: i1, %e: i1):
    %s = arith.ori %a, %e : i1
    linalg.yield %s : i1
  } -> tensor<?xi1>
  %each = linalg.fill ins(%true : i1) outs(%columns : tensor<?xi1>) -> tensor<?xi1>
  %all = linalg.generic {indexing_maps = [#id, #inner], iterator_types = ["reduction", "parallel"]} ins(%p : tensor<?x?xi1>) outs(%each : tensor<?xi1>) {
  ^bb0(%a: i1, %e: i1):
    %s = arith.andi %a, %e : i1
    linalg.yield %s : i1
  } -> tensor<?xi1>
  %extracted = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%bits : tensor<?x?xi1>) {
  ^bb0(%e: i1):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %a = tensor.extract %p[%i, %j] : tensor<?x?xi1>
    %s = arith.xori %a, %true : i1
    linalg.yield %s : i1
  } -> tensor<?x?xi1>
  return %greater, %where, %transposed, %any, %all, %extracted : tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xi1>, tensor<?xi1>, tensor<?xi1>, tensor<?x?xi1>
}
