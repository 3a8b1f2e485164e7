//===- Options.h - The command line of quant-run ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_OPTIONS_H
#define LOWBIT_TOOLS_QUANT_RUN_OPTIONS_H

#include "DeviceFlags.h"
#include "lowbit/Execution/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"

#include <string>
#include <vector>

namespace lowbit {

namespace cl = llvm::cl;

/// Encodings from 2 to 8 bits of which a choice is worth having: of those of
/// about the same size the ones that are mostly better.
std::vector<std::string> getDefaultCandidates();

/// The command line. An object rather than globals: LLVM's own options, which
/// a user of this tool has no use for and some of whose names it takes, go
/// before it is made.
struct Options {
  cl::OptionCategory category{"quant-run options"};

  cl::opt<std::string> modelPath{cl::Positional, cl::Required,
                                 cl::desc("<model.mlir or .mlirbc>"),
                                 cl::cat(category)};
  cl::opt<std::string> weightsPath{
      "weights",
      cl::desc("Safetensors file, or index of a sharded set, with the "
               "model's weights"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> preload{
      "preload",
      cl::desc("Read --weights into memory in huge pages rather than map the "
               "file, of which some lie in small ones, which are read slower; "
               "what is packed for this run is read in any case"),
      cl::cat(category)};
  cl::list<std::string> inputPaths{
      "input",
      cl::desc("File with inputs (.npz or .safetensors by name: lowbit.name of "
               "an argument, else input0, input1, ...; .npy in the order of "
               "the function's arguments); repeatable"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> outputPath{
      "output",
      cl::desc("Write the results to this .npz, .npy or .safetensors "
               "file"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> comparePath{
      "compare",
      cl::desc("File with expected results, of the same types: print cosine, "
               "SQNR and largest error of each"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<double> tolerance{
      "tolerance",
      cl::desc("With --compare: fail if an error is larger than this, or NaN "
               "(default: never); 0 asks for equal results"),
      cl::value_desc("error"), cl::cat(category)};
  cl::opt<std::string> reportPath{
      "report",
      cl::desc("With --compare: add the comparison, as total.output, to this "
               "report of quant-opt (--lowbit-quantize=\"report=FILE ...\")"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> collectPath{
      "collect",
      cl::desc("Calibrate: run the model on --samples and write statistics of "
               "what its layers read to this .safetensors file"),
      cl::value_desc("file"), cl::cat(category)};
  cl::list<std::string> samplePaths{
      "samples",
      cl::desc("With --collect or --sensitivity: file with samples along the "
               "first axis of each "
               "tensor (.npz or .safetensors by name, .npy); repeatable. "
               "--input gives what is the same for all samples"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<int64_t> batch{
      "batch",
      cl::desc(
          "With --samples: how many samples to run at once where the model "
          "takes any number (default 32); 0 for whole files"),
      cl::value_desc("count"), cl::init(32), cl::cat(category)};
  cl::opt<bool> gram{"gram",
                     cl::desc("With --collect: second moments X^T X too, which "
                              "GPTQ and SparseGPT need"),
                     cl::cat(category)};
  cl::opt<std::string> layers{
      "layers",
      cl::desc("With --collect: only layers whose whole name matches this "
               "regular expression (default all)"),
      cl::value_desc("regex"), cl::cat(category)};
  cl::opt<std::string> sensitivityPath{
      "sensitivity",
      cl::desc("Measure what encodings of each weight do to the results for "
               "--samples, or without samples to the weight, and write that to "
               "this JSON file, for an automatic choice by quant-opt "
               "(--lowbit-quantize=\"recipe=auto-4.5 sensitivity=FILE ...\")"),
      cl::value_desc("file"), cl::cat(category)};
  /// Options keep a reference to their text.
  std::string candidatesText =
      "With --sensitivity: the encodings, shorthands of recipes for weights "
      "alone (default " +
      llvm::join(getDefaultCandidates(), ",") + ")";
  cl::list<std::string> candidates{"candidates", cl::desc(candidatesText),
                                   cl::value_desc("name,name,..."),
                                   cl::CommaSeparated, cl::cat(category)};
  cl::opt<std::string> statisticsPath{
      "statistics",
      cl::desc("With --sensitivity: the statistics that --collect wrote, for "
               "candidates whose method asks for them (gptq-int4-g128, ...)"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> measureTime{"time",
                            cl::desc("Measure the time of a run: median and "
                                     "fastest of several"),
                            cl::cat(category)};
  cl::opt<std::string> profilePath{
      "profile",
      cl::desc("Measure the time of each op of a run, beside what this "
               "processor can do at most: print a table, and write it as JSON "
               "to this file if one is named"),
      cl::value_desc("file"), cl::ValueOptional, cl::cat(category)};
  cl::opt<unsigned> runs{
      "runs",
      cl::desc("With --time or --profile: how many runs to measure, "
               "after two that do not count "
               "(default 20)"),
      cl::value_desc("count"), cl::init(20), cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads", cl::desc("Threads to run on, 1 or more (default 1)"),
      cl::value_desc("count"), cl::init(1), cl::cat(category)};
  cl::opt<std::string> function{"function",
                                cl::desc("Function to run (default main)"),
                                cl::init("main"), cl::cat(category)};
  cl::opt<std::string> isa{"isa",
                           cl::desc("Instruction set: host, amx, avx512bf16, "
                                    "avx512vnni, avx512, avxvnni, avx2 or sse2 "
                                    "(default host)"),
                           cl::init("host"), cl::cat(category)};
  cl::opt<Lowering> lowering{
      "lowering", cl::desc("How to compute (default x86):"),
      cl::values(clEnumValN(Lowering::X86, "x86", "generated kernels"),
                 clEnumValN(Lowering::Decode, "decode",
                            "reference: decode, then compute with reals"),
                 clEnumValN(Lowering::Integer, "integer",
                            "reference: integer contractions on codes")),
      cl::init(Lowering::X86), cl::cat(category)};
  DeviceFlags device{category};
  cl::opt<bool> failOnFallback{
      "fail-on-fallback",
      cl::desc("With --lowering=x86: fail if a contraction on encoded operands "
               "has no kernel (default: compute it without, with a remark)"),
      cl::cat(category)};
  cl::opt<bool> json{
      "json",
      cl::desc("With --time, --profile or --compare: print what they say as "
               "JSON"),
      cl::cat(category)};

  /// Whether the model is run many times to be measured.
  bool measures() const { return measureTime || profiles(); }
  bool profiles() const { return profilePath.getNumOccurrences() != 0; }

  /// What is wrong with the options together, in the words of an error; empty
  /// if nothing is.
  std::string check() const;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_OPTIONS_H
