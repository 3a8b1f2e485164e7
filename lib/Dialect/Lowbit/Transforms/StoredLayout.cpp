//===- StoredLayout.cpp - Stored parts from one layout to another ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"

#include "lowbit/Numerics/Layout/BitOrder.h"
#include "lowbit/Numerics/Layout/Panels.h"

using namespace lowbit;
using namespace mlir;
using numerics::Parts;
using numerics::PartsView;

bool lowbit::isInPlainRows(EncodingAttr encoding) {
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  return rows && rows.isPlain();
}

std::string lowbit::getPanelsMisfit(PanelsAttr panels, EncodingAttr encoding,
                                    int64_t rank) {
  // (C112)
  if (!isa<DenseAttr>(encoding.getSparsity()))
    return "panels hold no sparse tensors";
  if (encoding.getLearned())
    return "panels hold no learned levels";
  return panels.getMisfit(encoding.getScale(), rank);
}

static numerics::PanelLayout getPanelLayout(PanelsAttr panels) {
  return {panels.getColumns(), panels.getStep(),
          static_cast<unsigned>(panels.getReduction())};
}

/// Parts in rows with their codes brought into another order by `reorder`,
/// toBitOrder or fromBitOrder.
template <typename Fn>
static numerics::Result<Parts>
reorderCodes(PartsView parts, ArrayRef<int64_t> shape, EncodingAttr encoding,
             RowsAttr rows, numerics::ThreadCount threads, Fn &&reorder) {
  Parts result;
  for (PartKind kind : numerics::allPartKinds)
    result[kind].assign(parts[kind].begin(), parts[kind].end());
  SmallVector<int64_t> kept = encoding.getSparsity().getStoredShape(shape);
  if (auto error =
          reorder(parts[PartKind::Codes], numerics::PackedRows(kept),
                  encoding.getBits(), rows.getBitOrder(),
                  std::span<uint8_t>(result[PartKind::Codes]), threads))
    return std::move(*error);
  return result;
}

numerics::Result<Parts> lowbit::layOutParts(PartsView plain,
                                            ArrayRef<int64_t> shape,
                                            EncodingAttr encoding,
                                            numerics::ThreadCount threads) {
  if (auto rows = dyn_cast<RowsAttr>(encoding.getLayout()))
    return reorderCodes(plain, shape, encoding, rows, threads,
                        numerics::toBitOrder);
  return numerics::packPanels(
      plain, shape, encoding.getFormat(shape.size()),
      getPanelLayout(cast<PanelsAttr>(encoding.getLayout())), threads);
}

numerics::Result<Parts> lowbit::toPlainRows(PartsView stored,
                                            ArrayRef<int64_t> shape,
                                            EncodingAttr encoding,
                                            numerics::ThreadCount threads) {
  if (auto rows = dyn_cast<RowsAttr>(encoding.getLayout()))
    return reorderCodes(stored, shape, encoding, rows, threads,
                        numerics::fromBitOrder);
  return numerics::unpackPanels(
      stored, shape, encoding.getFormat(shape.size()),
      getPanelLayout(cast<PanelsAttr>(encoding.getLayout())), threads);
}

numerics::Result<PartsView>
lowbit::getPartsInRows(PartsView parts, ArrayRef<int64_t> shape,
                       EncodingAttr encoding, numerics::ThreadCount threads,
                       Parts &storage) {
  if (isInPlainRows(encoding))
    return parts;
  numerics::Result<Parts> rows = toPlainRows(parts, shape, encoding, threads);
  if (!rows)
    return rows.error();
  storage = *std::move(rows);
  return PartsView(storage);
}
