#pragma once

#include <memory>

#include "file_drop/posix_file.h"
#include "file_drop/row.h"

/// Text files: CSV after RFC 4180 with its dialects, and the bytes beneath.
namespace lianqiao::file_drop {

enum class TextEncoding : std::uint8_t { utf8, gb18030, utf16le, utf16be };

struct TextStart {
  TextEncoding encoding = TextEncoding::utf8;
  std::uint64_t offset = 0;  ///< Behind the byte order mark.
};

/// What `wanted` (auto, utf-8, gbk, gb18030) means for this file. A byte order mark wins; then
/// valid UTF-8; then GB18030, judged at the first place that is not ASCII; where neither fits, the
/// one with fewer broken lines.
Result<TextStart> findEncoding(const Fd& file, const std::string& wanted);

/// The bytes of a text file in its own 8-bit encoding; UTF-16 arrives as UTF-8, a broken unit of it
/// as the byte FF, so that the line shows as undecodable.
class TextFeed {
 public:
  TextFeed(Fd file, TextStart start);
  /// Appends the next block; false at the end.
  Result<bool> append(std::string& out);

 private:
  void appendUtf16(std::string_view bytes, std::string& out);

  Fd file_;
  TextStart start_;
  std::uint64_t offset_;
  std::string rest_;
  std::uint32_t high_ = 0;
};

/// Rows of a CSV file. CRLF, LF and CR end lines; quoted fields may hold all of them. A line whose
/// quotes are wrong, that cannot be decoded or is too long becomes a row with problems and the raw
/// line as evidence, and reading goes on with the line after the one in which the bad quote was
/// opened.
Result<std::unique_ptr<RowReader>> openCsv(Fd file, const ReadOptions& options);

/// Items of a JSONL file: one object a line. A line that is none becomes an item with problems.
Result<std::unique_ptr<ItemReader>> openJsonl(Fd file, std::string name,
                                              const ReadOptions& options);

}  // namespace lianqiao::file_drop
