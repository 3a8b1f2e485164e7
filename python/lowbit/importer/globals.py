# ===- globals.py - lifted arguments become external globals --------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Gives the imported function its final signature.

Weights, which were lifted to arguments for the import, become external globals
under their own names; what is left, the model's real inputs and outputs, gets
its names as `lowbit.name` attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch_mlir import ir
from torch_mlir.dialects import func, ml_program

from .errors import ImportFailure

NAME_ATTRIBUTE = "lowbit.name"


def find_function(module: ir.Module, name: str) -> func.FuncOp:
    """The module's function `name`."""
    for op in module.body.operations:
        if isinstance(op, func.FuncOp) and op.name.value == name:
            return op
    raise ImportFailure(f"torch-mlir's output has no function '{name}'")


def _names(names: Sequence[str]) -> ir.ArrayAttr:
    return ir.ArrayAttr.get(
        [ir.DictAttr.get({NAME_ATTRIBUTE: ir.StringAttr.get(n)}) for n in names]
    )


def arguments_to_globals(
    module: ir.Module,
    function: str,
    inputs: Sequence[str],
    weights: Sequence[str],
    outputs: Sequence[str],
) -> None:
    """Turns the arguments after the first len(inputs) into external globals.

    Before: `@main(%input, %weight...)`; after: a public external
    `ml_program.global` per weight, read once at the top of the function by
    `ml_program.global_load_const`, and `@main(%input {lowbit.name = ...})`.
    """
    main = find_function(module, function)
    entry = main.entry_block
    if len(entry.arguments) != len(inputs) + len(weights):
        raise ImportFailure(
            f"torch-mlir changed the signature: {len(entry.arguments)} arguments "
            f"for {len(inputs)} inputs and {len(weights)} weights"
        )
    # Attributes of a dialect that is not loaded here are printed as they are.
    module.context.allow_unregistered_dialects = True
    with module.context:
        top = ir.InsertionPoint.at_block_begin(entry)
        before_main = ir.InsertionPoint(main)
        for argument, name in zip(list(entry.arguments)[len(inputs) :], weights):
            _argument_to_global(argument, name, top, before_main)
        for index in reversed(range(len(inputs), len(entry.arguments))):
            entry.erase_argument(index)

        results = main.type.results
        for name in list(main.attributes.keys()):
            if name.startswith("torch."):
                del main.attributes[name]
        main.attributes["function_type"] = ir.TypeAttr.get(
            ir.FunctionType.get([a.type for a in entry.arguments], results)
        )
        main.attributes["arg_attrs"] = _names(inputs)
        main.attributes["res_attrs"] = _names(outputs)
    module.operation.verify()


def _argument_to_global(
    argument: ir.BlockArgument,
    name: str,
    top: ir.InsertionPoint,
    before_main: ir.InsertionPoint,
) -> None:
    location = ir.Location.name(name)
    ml_program.GlobalOp(
        sym_name=name,
        type_=argument.type,
        value=ir.Attribute.parse(f"#ml_program.extern : {argument.type}"),
        sym_visibility="public",
        loc=location,
        ip=before_main,
    )
    load = ml_program.GlobalLoadConstOp(
        argument.type, ir.FlatSymbolRefAttr.get(name), loc=location, ip=top
    )
    argument.replace_all_uses_with(load.result)
