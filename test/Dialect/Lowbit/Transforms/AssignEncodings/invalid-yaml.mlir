// RUN: rm -rf %t && split-file %s %t
// DEFINE: %{name} = x
// DEFINE: %{bad} = not quant-opt --lowbit-assign-encodings=recipe=%t/%{name}.yaml %t/in.mlir 2>&1 | FileCheck %t/%{name}.yaml --implicit-check-not=error: --implicit-check-not=linalg

// YAML that no recipe can have, and patterns that nobody can wait for: one
// diagnostic each, with its place in the file.

// REDEFINE: %{name} = second
// RUN: %{bad}
// REDEFINE: %{name} = escape
// RUN: %{bad}
// REDEFINE: %{name} = alias
// RUN: %{bad}
// REDEFINE: %{name} = alias-key
// RUN: %{bad}
// REDEFINE: %{name} = alias-rule
// RUN: %{bad}
// REDEFINE: %{name} = no-rules
// RUN: %{bad}
// REDEFINE: %{name} = empty-rule
// RUN: %{bad}
// REDEFINE: %{name} = comment
// RUN: %{bad}
// REDEFINE: %{name} = group
// RUN: %{bad}
// REDEFINE: %{name} = repetitions
// RUN: %{bad}
// REDEFINE: %{name} = back-reference
// RUN: %{bad}

// RUN: %python -c "print('version: 1\ndefault: int8\nrules:\n  - {match: {layer: ' + '(' * 200000 + ')' * 200000 + '}, weight: int8}')" > %t/long.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/long.yaml %t/in.mlir 2>&1 | FileCheck %s --check-prefix=LONG
// LONG: long.yaml:4:21: error: bad regular expression: it has 400000 characters, more than 1000

//--- second.yaml
version: 1
default: int8
---
@
# CHECK: second.yaml:4:1: error: malformed YAML: Unrecognized character while tokenizing.

//--- escape.yaml
"\q": 1
version: 1
# CHECK: escape.yaml:1:3: error: malformed YAML: Unrecognized escape code

//--- alias.yaml
version: 1
default: &a int8
rules:
  - match: {}
    weight: *a

# CHECK: alias.yaml:5:13: error: aliases are not supported

//--- alias-key.yaml
version: 1
*a : int8
# CHECK: alias-key.yaml:2:1: error: aliases are not supported

//--- alias-rule.yaml
version: 1
default: int8
rules:
  - *a

# CHECK: alias-rule.yaml:4:5: error: aliases are not supported

//--- no-rules.yaml
version: 1
default: int8
rules:
# CHECK: no-rules.yaml:3:1: error: 'rules' has no value{{$}}

//--- empty-rule.yaml
version: 1
default: int8
rules:
  - {match: {}, weight: int8}
  -
# CHECK: error: rule 2 is empty

//--- comment.yaml
version: 1
default: #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
# CHECK: comment.yaml:2:1: error: 'default' has no value (text that starts with '#' is a comment unless it stands in quotes)

//--- group.yaml
version: 1
default: int4-g99999999999999999999
# CHECK: group.yaml:2:10: error: shorthand 'int4-g99999999999999999999': the size of a group does not fit 64 bits{{$}}

//--- repetitions.yaml
version: 1
default: int8
rules:
  - match: {layer: '((((a{1,255}){1,255}){1,255}){1,255})'}
    weight: int8
# CHECK: repetitions.yaml:4:20: error: bad regular expression: written out, its repetitions are longer than 5000

//--- back-reference.yaml
version: 1
default: int8
rules:
  - match: {layer: '(a)\1'}
    weight: int8
# CHECK: back-reference.yaml:4:20: error: bad regular expression: back references are not supported

//--- in.mlir
!m = tensor<4x4xf32>
func.func @layers(%x: !m, %c: !m) {
  %w = arith.constant dense<1.0> : !m
  %y0 = linalg.matmul {lowbit.layer = "fc0"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return
}
