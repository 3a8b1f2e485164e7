//===- Panels.cpp - Matrices re-laid for kernels on CPUs ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Layout/Panels.h"

#include "lowbit/Numerics/Packing.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

using namespace lowbit::numerics;

namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/// The matrix as a kernel sees it: `depth` reduction indices of `width`
/// columns, in panels, groups and tiles.
struct Geometry {
  Geometry(ShapeRef shape, const Format &format, const PanelLayout &layout)
      : columns(layout.columns), step(layout.step),
        depth(shape[layout.reduction]), width(shape[1 - layout.reduction]),
        bits(format.codec->bits()), fields(panelFields(bits)),
        sharedColumns(format.blockShape[1 - layout.reduction] == wholeAxis),
        grouped(format.blockShape[layout.reduction] != wholeAxis) {
    panels = ceilDiv(width, columns);
    group = grouped ? format.blockShape[layout.reduction] : depth;
    groups = grouped ? ceilDiv(depth, group) : 1;
    tilesPerGroup = ceilDiv(group, step);
    int64_t last = grouped ? depth % group : 0;
    tiles = grouped ? depth / group * tilesPerGroup + ceilDiv(last, step)
                    : tilesPerGroup;
    tileBytes = columns * step * bits / 8;
  }

  /// Columns of panel `panel` that exist.
  int64_t columnsOf(int64_t panel) const {
    return std::min(columns, width - panel * columns);
  }

  /// Calls `fn(tile, first, count)` for the tiles of a panel: a tile holds the
  /// reduction indices [first, first + count), count at most `step`.
  template <typename Fn>
  void forEachTile(Fn &&fn) const {
    int64_t tile = 0;
    for (int64_t begin = 0; begin < depth; begin += group) {
      int64_t end = std::min(begin + group, depth);
      for (int64_t k = begin; k < end; k += step)
        fn(tile++, k, std::min(step, end - k));
    }
  }

  int64_t columns, step, depth, width;
  unsigned bits;
  std::vector<PanelField> fields;
  bool sharedColumns; // one scale for all columns
  bool grouped;
  int64_t panels, group, groups, tilesPerGroup, tiles, tileBytes;
};

/// Packs bits [shift, shift + bits) of `n` codes in split parts.
template <unsigned bits>
void packSplit(const uint8_t *codes, int64_t n, unsigned shift, uint8_t *out) {
  constexpr unsigned parts = 8 / bits, mask = (1u << bits) - 1;
  int64_t bytes = n / parts;
  for (int64_t j = 0; j < bytes; ++j) {
    unsigned byte = 0;
    for (unsigned part = 0; part < parts; ++part)
      byte |= (codes[j + part * bytes] >> shift & mask) << (part * bits);
    out[j] = static_cast<uint8_t>(byte);
  }
}

/// Adds these bits to `n` codes.
template <unsigned bits>
void unpackSplit(const uint8_t *in, int64_t n, unsigned shift, uint8_t *codes) {
  constexpr unsigned parts = 8 / bits, mask = (1u << bits) - 1;
  int64_t bytes = n / parts;
  for (unsigned part = 0; part < parts; ++part)
    for (int64_t j = 0; j < bytes; ++j)
      codes[part * bytes + j] |=
          static_cast<uint8_t>((in[j] >> (part * bits) & mask) << shift);
}

void packTile(const uint8_t *codes, int64_t n,
              const std::vector<PanelField> &fields, uint8_t *out) {
  for (PanelField field : fields) {
    switch (field.bits) {
    case 1:
      packSplit<1>(codes, n, field.shift, out);
      break;
    case 2:
      packSplit<2>(codes, n, field.shift, out);
      break;
    case 4:
      packSplit<4>(codes, n, field.shift, out);
      break;
    default:
      std::memcpy(out, codes, n);
    }
    out += n * field.bits / 8;
  }
}

void unpackTile(const uint8_t *in, int64_t n,
                const std::vector<PanelField> &fields, uint8_t *codes) {
  std::fill_n(codes, n, 0);
  for (PanelField field : fields) {
    switch (field.bits) {
    case 1:
      unpackSplit<1>(in, n, field.shift, codes);
      break;
    case 2:
      unpackSplit<2>(in, n, field.shift, codes);
      break;
    case 4:
      unpackSplit<4>(in, n, field.shift, codes);
      break;
    default:
      std::memcpy(codes, in, n);
    }
    in += n * field.bits / 8;
  }
}

/// The codes of one panel, of up to 8 bits, a byte each: element (k, column)
/// lies at k * kStride + column * columnStride, whichever axis is the
/// reduction.
struct PanelCodes {
  PanelCodes(const Geometry &g, unsigned reduction)
      : lines(reduction == 0 ? g.depth : g.columns),
        length(reduction == 0 ? g.columns : g.depth),
        kStride(reduction == 0 ? g.columns : 1),
        columnStride(reduction == 0 ? 1 : g.depth),
        bytes(g.bits > 8 ? 1 : std::max<int64_t>(lines * length, 1)) {}

  int64_t lines, length, kStride, columnStride;
  std::vector<uint8_t> bytes;
};

/// Where the rows layout holds the part of each row that belongs to a panel.
/// A panel has 8 or more columns, a power of two, so it starts at a whole byte.
struct RowsOfPanel {
  RowsOfPanel(const Geometry &g, unsigned reduction, int64_t panel)
      : rowBytes(packedRowBytes(reduction == 0 ? g.width : g.depth, g.bits)),
        first(reduction == 0 ? panel * g.columns / 8 * g.bits
                             : panel * g.columns * rowBytes),
        rows(reduction == 0 ? g.depth : g.columnsOf(panel)),
        length(reduction == 0 ? g.columnsOf(panel) : g.depth) {}

  int64_t rowBytes, first, rows, length;
};

void packPanel(const uint8_t *in, const Geometry &g, unsigned reduction,
               int64_t panel, PanelCodes &codes, uint8_t *out) {
  RowsOfPanel rows(g, reduction, panel);
  if (g.columnsOf(panel) < g.columns)
    std::fill(codes.bytes.begin(), codes.bytes.end(), 0);
  for (int64_t row = 0; row < rows.rows; ++row)
    unpackRow(in + rows.first + row * rows.rowBytes, rows.length, g.bits,
              /*isSigned=*/false,
              reinterpret_cast<int8_t *>(&codes.bytes[row * codes.length]));

  std::vector<uint8_t> tileCodes(g.columns * g.step, 0);
  g.forEachTile([&](int64_t tile, int64_t first, int64_t count) {
    const uint8_t *source = &codes.bytes[first * codes.kStride];
    uint8_t *bytes = out + tile * g.tileBytes;
    if (g.step == 1 && codes.columnStride == 1)
      return packTile(source, g.columns, g.fields, bytes);
    if (count < g.step)
      std::fill(tileCodes.begin(), tileCodes.end(), 0);
    if (codes.kStride == 1 && count == 4)
      for (int64_t c = 0; c < g.columns; ++c)
        std::memcpy(&tileCodes[c * 4], source + c * codes.columnStride, 4);
    else
      for (int64_t k = 0; k < count; ++k)
        for (int64_t c = 0; c < g.columns; ++c)
          tileCodes[c * g.step + k] =
              source[k * codes.kStride + c * codes.columnStride];
    packTile(tileCodes.data(), g.columns * g.step, g.fields, bytes);
  });
}

/// Moves the codes of one panel of whole bytes, each of type T, between rows
/// and panels: `fn(code in rows, code in panels)` for all that there are.
template <typename T, typename Fn>
void forEachWideCode(const Geometry &g, unsigned reduction, int64_t panel,
                     Fn &&fn) {
  int64_t kStride = reduction == 0 ? g.width : 1;
  int64_t columnStride = reduction == 0 ? 1 : g.depth;
  int64_t first = panel * g.columns * columnStride, count = g.columnsOf(panel);
  g.forEachTile([&](int64_t tile, int64_t k, int64_t size) {
    for (int64_t c = 0; c < count; ++c)
      for (int64_t i = 0; i < size; ++i)
        fn((first + (k + i) * kStride + c * columnStride) * sizeof(T),
           tile * g.tileBytes + (c * g.step + i) * sizeof(T));
  });
}

template <typename T>
void packWidePanel(const uint8_t *in, const Geometry &g, unsigned reduction,
                   int64_t panel, uint8_t *out) {
  // Where columns, or tiles, are not whole.
  std::fill_n(out, g.tiles * g.tileBytes, 0);
  forEachWideCode<T>(g, reduction, panel, [&](int64_t from, int64_t to) {
    std::memcpy(out + to, in + from, sizeof(T));
  });
}

template <typename T>
void unpackWidePanel(const uint8_t *in, const Geometry &g, unsigned reduction,
                     int64_t panel, uint8_t *out) {
  forEachWideCode<T>(g, reduction, panel, [&](int64_t to, int64_t from) {
    std::memcpy(out + to, in + from, sizeof(T));
  });
}

void packCodes(const uint8_t *in, const Geometry &g, unsigned reduction,
               int64_t panel, PanelCodes &codes, uint8_t *out) {
  if (g.bits == 32)
    return packWidePanel<uint32_t>(in, g, reduction, panel, out);
  if (g.bits == 16)
    return packWidePanel<uint16_t>(in, g, reduction, panel, out);
  packPanel(in, g, reduction, panel, codes, out);
}

void unpackPanel(const uint8_t *in, const Geometry &g, unsigned reduction,
                 int64_t panel, PanelCodes &codes, uint8_t *out) {
  std::vector<uint8_t> tileCodes(g.columns * g.step);
  g.forEachTile([&](int64_t tile, int64_t first, int64_t count) {
    unpackTile(in + tile * g.tileBytes, g.columns * g.step, g.fields,
               tileCodes.data());
    uint8_t *target = &codes.bytes[first * codes.kStride];
    for (int64_t k = 0; k < count; ++k)
      for (int64_t c = 0; c < g.columns; ++c)
        target[k * codes.kStride + c * codes.columnStride] =
            tileCodes[c * g.step + k];
  });
  RowsOfPanel rows(g, reduction, panel);
  for (int64_t row = 0; row < rows.rows; ++row)
    packRow(reinterpret_cast<const int8_t *>(&codes.bytes[row * codes.length]),
            rows.length, g.bits, out + rows.first + row * rows.rowBytes);
}

void unpackCodes(const uint8_t *in, const Geometry &g, unsigned reduction,
                 int64_t panel, PanelCodes &codes, uint8_t *out) {
  if (g.bits == 32)
    return unpackWidePanel<uint32_t>(in, g, reduction, panel, out);
  if (g.bits == 16)
    return unpackWidePanel<uint16_t>(in, g, reduction, panel, out);
  unpackPanel(in, g, reduction, panel, codes, out);
}

/// Calls `fn(stored, padded)` for every scale that panels hold: its number in
/// the rows layout and in panels. One in rows may come several times.
template <typename Fn>
void forEachScale(const Geometry &g, unsigned reduction, Fn &&fn) {
  int64_t distinct = g.sharedColumns ? 1 : g.width;
  for (int64_t n = 0; n < g.width; ++n) {
    int64_t column = g.sharedColumns ? 0 : n;
    for (int64_t group = 0; group < g.groups; ++group) {
      int64_t stored = reduction == 0 ? group * distinct + column
                                      : column * g.groups + group;
      int64_t panel = n / g.columns;
      fn(stored, (panel * g.groups + group) * g.columns + n % g.columns);
    }
  }
}

Error invalid(std::string message) {
  return {Error::Kind::InvalidFormat, std::move(message)};
}

std::optional<Error> verifySizes(PartsView panels, const PartSizes &sizes) {
  for (PartKind kind : allPartKinds)
    if (std::cmp_not_equal(panels[kind].size(), sizes[kind]))
      return invalid("the parts in panels do not have the sizes of the layout");
  return std::nullopt;
}

/// Everything about `rows` and `panels` that could make re-laying go wrong.
std::optional<Error> verifyBoth(PartsView rows, PartsView panels,
                                ShapeRef shape, const Format &format,
                                const PanelLayout &layout) {
  if (auto error = verifyPanels(shape, format, layout))
    return error;
  if (auto error = verifyPartSizes(rows, shape, format))
    return error;
  return verifySizes(panels, panelSizes(shape, format, layout));
}

} // namespace

std::vector<PanelField> lowbit::numerics::panelFields(unsigned bits) {
  std::vector<PanelField> fields;
  if (bits > 8) {
    for (unsigned shift = 0; shift < bits; shift += 8)
      fields.push_back({shift, 8});
    return fields;
  }
  unsigned shift = 0;
  for (unsigned width : {8, 4, 2, 1})
    if (bits & width) {
      fields.push_back({shift, width});
      shift += width;
    }
  return fields;
}

std::optional<Error> lowbit::numerics::verifyPanels(ShapeRef shape,
                                                    const Format &format,
                                                    const PanelLayout &layout) {
  if (auto error = verifyFormat(shape, format))
    return error;
  if (shape.size() != 2)
    return invalid("panels lay out matrices, not tensors of rank " +
                   std::to_string(shape.size()));
  for (PartKind kind : partKinds(format))
    if (kind != PartKind::Codes && kind != PartKind::Scales &&
        kind != PartKind::NestedScales && kind != PartKind::ZeroPoints)
      return invalid("panels have no place for " +
                     std::string(partKindName(kind)));
  if (layout.reduction > 1)
    return invalid("the reduction axis of a matrix is 0 or 1");
  if (layout.columns < 8 || layout.columns > 1024 ||
      !std::has_single_bit(static_cast<uint64_t>(layout.columns)))
    return invalid("panels have 8 to 1024 columns, a power of two");
  if (layout.step != 1 && layout.step != 2 && layout.step != 4)
    return invalid("panels step by 1, 2 or 4");
  int64_t across = format.blockShape[1 - layout.reduction];
  if (across != wholeAxis && across != 1)
    return invalid("panels need a scale of each column's own, or one for all");
  return std::nullopt;
}

PartSizes lowbit::numerics::panelSizes(ShapeRef shape, const Format &format,
                                       const PanelLayout &layout) {
  Geometry g(shape, format, layout);
  int64_t scales = g.panels * g.groups * g.columns;
  PartSizes sizes;
  sizes[PartKind::NestedScales] =
      partSizes(shape, format)[PartKind::NestedScales];
  sizes[PartKind::Codes] = g.panels * g.tiles * g.tileBytes;
  sizes[PartKind::Scales] = scales * scaleTypeBytes(format.scaleType);
  sizes[PartKind::ZeroPoints] = format.hasZeroPoint ? scales : 0;
  return sizes;
}

std::optional<Error>
lowbit::numerics::packPanels(PartsView rows, ShapeRef shape,
                             const Format &format, const PanelLayout &layout,
                             ThreadCount threads, MutablePartsView panels) {
  if (auto error = verifyBoth(rows, panels, shape, format, layout))
    return error;
  Geometry g(shape, format, layout);
  parallelFor(threads, g.panels, 1, [&](int64_t begin, int64_t end) {
    PanelCodes codes(g, layout.reduction);
    for (int64_t panel = begin; panel < end; ++panel)
      packCodes(rows[PartKind::Codes].data(), g, layout.reduction, panel, codes,
                panels[PartKind::Codes].data() + panel * g.tiles * g.tileBytes);
  });

  if (format.scaleType == ScaleType::One)
    return std::nullopt;
  size_t scaleBytes = scaleTypeBytes(format.scaleType);
  std::fill(panels[PartKind::Scales].begin(), panels[PartKind::Scales].end(),
            0);
  forEachScale(g, layout.reduction, [&](int64_t stored, int64_t padded) {
    std::memcpy(&panels[PartKind::Scales][padded * scaleBytes],
                &rows[PartKind::Scales][stored * scaleBytes], scaleBytes);
  });
  std::ranges::copy(rows[PartKind::NestedScales],
                    panels[PartKind::NestedScales].begin());
  if (!format.hasZeroPoint)
    return std::nullopt;

  Result<Granularity> granularity = Granularity::get(shape, format.blockShape);
  if (!granularity)
    return granularity.error();
  std::vector<int8_t> zeroPoints(granularity->numScales());
  unpackRows(rows[PartKind::ZeroPoints].data(),
             PackedRows(granularity->scaleShape()), g.bits,
             format.codec->isSigned(), zeroPoints.data());
  std::fill(panels[PartKind::ZeroPoints].begin(),
            panels[PartKind::ZeroPoints].end(), 0);
  forEachScale(g, layout.reduction, [&](int64_t stored, int64_t padded) {
    panels[PartKind::ZeroPoints][padded] =
        static_cast<uint8_t>(zeroPoints[stored]);
  });
  return std::nullopt;
}

std::optional<Error>
lowbit::numerics::unpackPanels(PartsView panels, ShapeRef shape,
                               const Format &format, const PanelLayout &layout,
                               ThreadCount threads, MutablePartsView rows) {
  if (auto error = verifyBoth(rows, panels, shape, format, layout))
    return error;
  Geometry g(shape, format, layout);
  parallelFor(threads, g.panels, 1, [&](int64_t begin, int64_t end) {
    PanelCodes codes(g, layout.reduction);
    for (int64_t panel = begin; panel < end; ++panel)
      unpackCodes(
          panels[PartKind::Codes].data() + panel * g.tiles * g.tileBytes, g,
          layout.reduction, panel, codes, rows[PartKind::Codes].data());
  });

  if (format.scaleType == ScaleType::One)
    return std::nullopt;
  size_t scaleBytes = scaleTypeBytes(format.scaleType);
  forEachScale(g, layout.reduction, [&](int64_t stored, int64_t padded) {
    std::memcpy(&rows[PartKind::Scales][stored * scaleBytes],
                &panels[PartKind::Scales][padded * scaleBytes], scaleBytes);
  });
  std::ranges::copy(panels[PartKind::NestedScales],
                    rows[PartKind::NestedScales].begin());
  if (!format.hasZeroPoint)
    return std::nullopt;

  Result<Granularity> granularity = Granularity::get(shape, format.blockShape);
  if (!granularity)
    return granularity.error();
  std::vector<int8_t> zeroPoints(granularity->numScales());
  forEachScale(g, layout.reduction, [&](int64_t stored, int64_t padded) {
    zeroPoints[stored] =
        static_cast<int8_t>(panels[PartKind::ZeroPoints][padded]);
  });
  packRows(zeroPoints.data(), PackedRows(granularity->scaleShape()), g.bits,
           rows[PartKind::ZeroPoints].data());
  return std::nullopt;
}

Result<Parts> lowbit::numerics::packPanels(PartsView rows, ShapeRef shape,
                                           const Format &format,
                                           const PanelLayout &layout,
                                           ThreadCount threads) {
  if (auto error = verifyPanels(shape, format, layout))
    return *error;
  Parts parts = Parts::allocate(panelSizes(shape, format, layout));
  if (auto error =
          packPanels(rows, shape, format, layout, threads, parts.view()))
    return *error;
  return parts;
}

Result<Parts> lowbit::numerics::unpackPanels(PartsView panels, ShapeRef shape,
                                             const Format &format,
                                             const PanelLayout &layout,
                                             ThreadCount threads) {
  if (auto error = verifyPanels(shape, format, layout))
    return *error;
  Parts parts = Parts::allocate(shape, format);
  if (auto error =
          unpackPanels(panels, shape, format, layout, threads, parts.view()))
    return *error;
  return parts;
}
