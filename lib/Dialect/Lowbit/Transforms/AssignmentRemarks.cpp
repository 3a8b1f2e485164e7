//===- AssignmentRemarks.cpp - What does not get what a recipe says -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assignment.h"
#include "llvm/ADT/MapVector.h"

using namespace lowbit;
using namespace mlir;

/// Remarks on what `describe` says of each layer, unless that is empty; it is
/// to say what lives as long as its arguments. Once for each text, in the order
/// of the first layer that has it, as a model has dozens of them; or on each.
static void
remarkOn(ArrayRef<Layer> layers, ArrayRef<Assignment> assignments, bool each,
         StringRef one, StringRef many,
         function_ref<StringRef(const Layer &, const Assignment &)> describe) {
  llvm::MapVector<StringRef, SmallVector<const Layer *>> texts;
  for (auto [layer, assignment] : llvm::zip_equal(layers, assignments)) {
    StringRef text = describe(layer, assignment);
    if (text.empty())
      continue;
    if (each)
      emitRemark(layer.op->getLoc())
          << "layer '" << layer.name << "' " << one << ": " << text;
    else
      texts[text].push_back(&layer);
  }
  for (const auto &[text, found] : texts) {
    InFlightDiagnostic diagnostic = emitRemark(found.front()->op->getLoc());
    if (found.size() == 1) {
      diagnostic << "layer '" << found.front()->name << "' " << one << ": "
                 << text;
      continue;
    }
    diagnostic << found.size() << " layers " << many << ": " << text << ": ";
    llvm::interleaveComma(found, diagnostic, [&](const Layer *layer) {
      diagnostic << layer->name;
    });
  }
}

void lowbit::remarkOnLayers(ArrayRef<Layer> layers,
                            ArrayRef<Assignment> assignments, bool each) {
  remarkOn(layers, assignments, each, "stays float", "stay float",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.reason;
           });
  remarkOn(layers, assignments, each, "keeps a float activation",
           "keep a float activation",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.activationReason;
           });
  remarkOn(layers, assignments, each, "gets no method of the recipe",
           "get no method of the recipe",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.methodReason;
           });
  remarkOn(layers, assignments, each, "keeps its bias as it is",
           "keep their biases as they are",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.biasReason;
           });
  remarkOn(layers, assignments, each, "has one group for the whole axis",
           "have one group for the whole axis",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.groupReason;
           });
  remarkOn(layers, assignments, each, "has a short last run",
           "have a short last run",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.runReason;
           });
  remarkOn(layers, assignments, each, "stays as it is", "stay as they are",
           [](const Layer &, const Assignment &assignment) -> StringRef {
             return assignment.isEncoded ? "the weight is encoded already" : "";
           });
  remarkOn(layers, assignments, each, "keeps a further table float",
           "keep a further table float",
           [](const Layer &layer, const Assignment &assignment) -> StringRef {
             bool readsFloat =
                 llvm::any_of(layer.getFurtherTables(), [](Value table) {
                   return !getEncoding(table.getType());
                 });
             return readsFloat && assignment.reason.empty()
                        ? "an op gathers from one encoded table"
                        : "";
           });
}
