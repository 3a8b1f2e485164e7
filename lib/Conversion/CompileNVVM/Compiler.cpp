//===- Compiler.cpp - The program that compiles for GPUs ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiler.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace lowbit;
using namespace mlir;

llvm::ErrorOr<std::string> lowbit::findCompiler() {
  void *here = reinterpret_cast<void *>(&findCompiler);
  SmallVector<std::string> folders;
  auto add = [&](StringRef file) {
    StringRef folder = llvm::sys::path::parent_path(file);
    if (folder.empty())
      return;
    SmallString<128> bin(folder);
    llvm::sys::path::append(bin, "..", "bin");
    folders.push_back(folder.str());
    folders.push_back(bin.str().str());
  };
  Dl_info info;
  if (dladdr(here, &info) && info.dli_fname)
    add(info.dli_fname);
  add(llvm::sys::fs::getMainExecutable(nullptr, here));
  SmallVector<StringRef> paths(folders.begin(), folders.end());
  if (auto beside = llvm::sys::findProgramByName("quant-opt", paths))
    return beside;
  return llvm::sys::findProgramByName("quant-opt");
}

llvm::ErrorOr<std::string> lowbit::findAssemblers(StringRef toolkit) {
  auto find = [](ArrayRef<StringRef> folders) -> llvm::ErrorOr<std::string> {
    auto found = llvm::sys::findProgramByName("ptxas", folders);
    if (!found)
      return found.getError();
    return llvm::sys::path::parent_path(*found).str();
  };
  auto findIn = [&](StringRef root) {
    SmallString<128> bin(root);
    llvm::sys::path::append(bin, "bin");
    return find({bin.str()});
  };
  if (!toolkit.empty())
    return findIn(toolkit);
  for (StringRef variable : {"CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"})
    if (const char *root = std::getenv(variable.data()))
      if (auto found = findIn(root))
        return found;
  if (auto found = find({}))
    return found;
  return findIn("/usr/local/cuda");
}

namespace {
/// A diagnostic as programs print it.
struct Message {
  DiagnosticSeverity severity;
  Location loc;
  SmallVector<StringRef> lines;
};
} // namespace

/// "file:line:column: error: text", with any other place or none.
static std::optional<Message> parseFirstLine(StringRef line, Location loc) {
  static const llvm::Regex form("^(.*: )?(error|warning|remark): (.*)$");
  static const llvm::Regex file("^(.*):([0-9]+):([0-9]+): $");
  if (line.consume_front("LLVM ERROR: "))
    return Message{DiagnosticSeverity::Error, loc, {line}};
  SmallVector<StringRef, 4> parts, place;
  if (!form.match(line, &parts))
    return std::nullopt;
  Message message{parts[2] == "error"     ? DiagnosticSeverity::Error
                  : parts[2] == "warning" ? DiagnosticSeverity::Warning
                                          : DiagnosticSeverity::Remark,
                  loc,
                  {parts[3]}};
  unsigned row, column;
  if (file.match(parts[1], &place) && !place[2].getAsInteger(10, row) &&
      !place[3].getAsInteger(10, column))
    message.loc = FileLineColLoc::get(loc.getContext(), place[1], row, column);
  return message;
}

/// Without the source text that is printed below a message: a line, and one
/// with a caret.
static void dropSource(SmallVectorImpl<StringRef> &lines) {
  for (size_t i = 2; i < lines.size(); ++i)
    if (lines[i].trim() == "^") {
      lines.erase(lines.begin() + i - 1, lines.begin() + i + 1);
      return;
    }
}

bool lowbit::reportLog(StringRef log, Location loc, const Twine &failure) {
  SmallVector<Message> messages;
  SmallVector<StringRef> lines;
  log.split(lines, '\n', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    // What LLVM prints when it gives up is not for users.
    if (line.starts_with("PLEASE submit a bug report") ||
        line.starts_with("Stack dump:"))
      break;
    if (auto message = parseFirstLine(line, loc))
      messages.push_back(*message);
    else if (!messages.empty())
      messages.back().lines.push_back(line);
  }
  bool failed = false;
  DiagnosticEngine &engine = loc.getContext()->getDiagEngine();
  for (Message &message : messages) {
    bool isError = message.severity == DiagnosticSeverity::Error;
    if (isError && failed)
      continue;
    failed |= isError;
    dropSource(message.lines);
    InFlightDiagnostic diagnostic = engine.emit(message.loc, message.severity);
    if (isError)
      diagnostic << failure << ": ";
    diagnostic << llvm::join(message.lines, "\n");
  }
  return failed;
}
