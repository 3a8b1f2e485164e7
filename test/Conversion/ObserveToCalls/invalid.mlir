// RUN: quant-opt %s --convert-observe-to-calls --split-input-file --verify-diagnostics

func.func @tensor(%x: tensor<4x8xf32>) {
  // expected-error @below {{of a tensor is left; bufferize first}}
  lowbit.observe %x layers = ["a"] axis = 1 : tensor<4x8xf32>
  return
}

// -----

func.func @memory(%x: memref<4x8xf32, 3>) {
  // expected-error @below {{is in a memory that functions of the host do not read}}
  lowbit.observe %x layers = ["a"] axis = 1 : memref<4x8xf32, 3>
  return
}

// -----

func.func @parallel_c119(%x: memref<4x8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    // expected-error @below {{is in a parallel loop, from which rows would come in any order}}
    lowbit.observe %x layers = ["a"] axis = 1 : memref<4x8xf32>
    scf.reduce
  }
  return
}

// -----

func.func @layers_c119(%x: memref<4x8xf32>) {
  // expected-note @below {{the other observer}}
  lowbit.observe %x layers = ["a", "b"] axis = 1 : memref<4x8xf32>
  // expected-error @below {{shares a layer with an observer of other layers: ["b"] and ["a", "b"]}}
  lowbit.observe %x layers = ["b"] axis = 1 : memref<4x8xf32>
  return
}

// -----

func.func @gram_c119(%x: memref<4x8xf32>) {
  // expected-note @below {{the other observer}}
  lowbit.observe %x layers = ["a"] axis = 1 : memref<4x8xf32>
  // expected-error @below {{has the layers of another observer, but only one of them collects second moments}}
  lowbit.observe %x layers = ["a"] axis = 1 gram : memref<4x8xf32>
  return
}

// -----

func.func @channels_c119(%x: memref<?x8xf32>) {
  // expected-note @below {{the other observer}}
  lowbit.observe %x layers = ["a"] axis = 0 : memref<?x8xf32>
  lowbit.observe %x layers = ["a"] axis = 1 : memref<?x8xf32>
  %y = memref.cast %x : memref<?x8xf32> to memref<4x8xf32>
  // expected-error @below {{has the layers of another observer, but 4 channels, not 8}}
  lowbit.observe %y layers = ["a"] axis = 0 : memref<4x8xf32>
  return
}

// -----

func.func private @lowbit_observe_f32(f32)

func.func @name(%x: memref<4x8xf32>) {
  // expected-error @below {{calls 'lowbit_observe_f32', but the module has another symbol of that name}}
  lowbit.observe %x layers = ["a"] axis = 1 : memref<4x8xf32>
  return
}
