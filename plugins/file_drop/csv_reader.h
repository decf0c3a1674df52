#pragma once

#include <memory>
#include <optional>
#include <string>

#include "file_drop/posix_file.h"
#include "file_drop/row.h"
#include "lianqiao/text_decoder.h"

/// Text files: CSV after RFC 4180 with its dialects, and the bytes beneath.
namespace lianqiao::file_drop {

enum class TextEncoding : std::uint8_t { utf8, gb18030, other };

struct TextStart {
  TextEncoding encoding = TextEncoding::utf8;
  std::uint64_t offset = 0;  ///< Behind the byte order mark.
  std::string other{};       ///< Of `other`: its name for TextDecoder.
  /// Guessed, and what it decodes to is hardly Chinese: true only until a header is understood.
  bool doubtful = false;
};

/// What `wanted` (auto, or the name of an encoding) means for this file. A byte order mark wins;
/// then valid UTF-8; then GB18030, judged at the first place that is not ASCII; where neither fits,
/// the one with fewer broken lines. Fails with paused() where that place is not reached; `at` says
/// how far it is, 0 to begin with.
Result<TextStart> findEncoding(const Fd& file, const std::string& wanted, Pace& pace,
                               std::uint64_t& at);

/// False for bytes of Big5, Shift-JIS, EUC-KR and the like that GB18030 decodes: too many rare
/// characters, or in a longer text none of the common ones from the alphabet's end. Few characters
/// tell nothing and are plausible.
bool isPlausibleChinese(std::string_view gb18030);

/// The bytes of a text file in UTF-8 or GB18030; every other encoding arrives as UTF-8, what it
/// cannot decode as the byte FF, so that the line shows as undecodable (TextDecoder).
class TextFeed {
 public:
  TextFeed(std::shared_ptr<const Fd> file, const TextStart& start);
  /// Appends the next block; false at the end.
  Result<bool> append(std::string& out);

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t offset_;
  std::optional<TextDecoder> decoder_;  ///< None: the bytes stay as they are.
  std::optional<Error> undecodable_;    ///< Why there is none though it is needed.
};

/// Rows of a CSV file. CRLF, LF and CR end lines; quoted fields may hold all of them. A line whose
/// quotes are wrong, that cannot be decoded or is too long becomes a row with problems and the raw
/// line as evidence, and reading goes on with the line after the one in which the bad quote was
/// opened. Columns are parted by `options.delimiter`; else by what a first line `sep=;` says; else
/// by `guess`; else by whichever of , ; tab | stands most often in the first line.
std::unique_ptr<RowReader> openCsv(std::shared_ptr<const Fd> file, const TextStart& start,
                                   const ReadOptions& options, char guess);

/// The items of a table in a text file, its delimiter and header found. `name` is what people call
/// it. The first item fails with decode.file where there is no header that the mappings could read,
/// with decode.encoding where the text makes no sense.
Result<std::unique_ptr<ItemReader>> openTextTable(Fd file, const std::string& name,
                                                  const ReadOptions& options);

/// Items of a JSONL file: one object a line. A line that is none becomes an item with problems. A
/// file that begins with `[` holds arrays of objects, laid out in lines as it likes; `laidOut` says
/// that of objects, too.
Result<std::unique_ptr<ItemReader>> openJsonl(Fd file, std::string name, const ReadOptions& options,
                                              bool laidOut);

}  // namespace lianqiao::file_drop
