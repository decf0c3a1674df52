#include "file_drop/csv_reader.h"

#include <algorithm>
#include <optional>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::uint32_t kMaxFields = 16'384;
constexpr int kEnd = -1;

/// A window over the file that starts where the current row starts; positions count from there.
class Window {
 public:
  Window(TextFeed feed, std::shared_ptr<Pace> pace)
      : feed_(std::move(feed)), pace_(std::move(pace)) {}

  /// The byte at `at`, or kEnd. A failed read looks like the end; ask failure().
  int peek(std::size_t at) {
    while (begin_ + at >= bytes_.size()) {
      if (!fill()) return kEnd;
    }
    return static_cast<unsigned char>(bytes_[begin_ + at]);
  }
  /// Length of the run from `at` that holds none of `stops`, as far as it is loaded.
  [[nodiscard]] std::size_t runUntil(std::size_t at, std::string_view stops) const {
    const std::size_t found = bytes_.find_first_of(stops, begin_ + at);
    return (found == std::string::npos ? bytes_.size() : found) - begin_ - at;
  }
  [[nodiscard]] std::string_view view(std::size_t at, std::size_t size) const {
    return std::string_view(bytes_).substr(begin_ + at, size);
  }
  void drop(std::size_t size) { begin_ += size; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] bool pauses() { return pace_.pauses(); }

 private:
  bool fill() {
    if (ended_) return false;
    bytes_.erase(0, begin_);
    begin_ = 0;
    const std::size_t before = bytes_.size();
    const auto more = feed_.append(bytes_);
    pace_.spend(bytes_.size() - before);
    if (!more) failure_ = more.error();
    ended_ = !more || !*more;
    return !ended_;
  }

  TextFeed feed_;
  BlockPace pace_;
  std::string bytes_;
  std::size_t begin_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
};

bool isLineEnd(int c) { return c == '\n' || c == '\r'; }

std::uint64_t countLineEnds(std::string_view text) {
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && i > 0 && text[i - 1] == '\r') continue;
    lines += isLineEnd(text[i]) ? 1u : 0u;
  }
  return lines;
}

std::string lineText(std::uint64_t line) { return "line " + std::to_string(line); }

class CsvReader final : public RowReader {
 public:
  CsvReader(TextFeed feed, TextEncoding encoding, const ReadOptions& options, char guess)
      : window_(std::move(feed), options.pace),
        gb18030_(encoding == TextEncoding::gb18030),
        delimiter_(options.delimiter),
        guess_(guess),
        maxRow_(options.maxRow) {}

  Result<bool> next(Row& row) override {
    if (!begun_) takeSeparatorLine();
    begun_ = true;
    // What is only passed over may be all of the file.
    if (!skipBlankLines()) return paused();
    if (delimiter_ == 0) delimiter_ = guess_ != 0 ? guess_ : sniffDelimiter();
    // The second byte of a character in GBK may be a |.
    walks_ = gb18030_ && delimiter_ == '|';
    stops_ = std::string(1, delimiter_) + "\r\n";
    for (;;) {
      if (window_.pauses()) return paused();
      if ((skipping_ && !skipRestOfLine()) || !skipBlankLines()) return paused();
      const bool ended = window_.peek(0) == kEnd;
      if (window_.failure()) return *window_.failure();
      if (ended) return false;
      readRow(row);
      if (window_.failure()) return *window_.failure();
      if (!row.cells.empty() || !row.problems.empty()) return true;
    }
  }

 private:
  /// Excel's first line "sep=;".
  void takeSeparatorLine() {
    constexpr std::string_view kWord = "sep=";
    for (std::size_t at = 0; at < kWord.size(); ++at) {
      const int c = window_.peek(at);
      if (c != kWord[at] && c != kWord[at] - 'a' + 'A') return;
    }
    const int separator = window_.peek(kWord.size());
    if (separator == kEnd || isLineEnd(separator) || !isLineEnd(window_.peek(kWord.size() + 1)))
      return;
    if (delimiter_ == 0) delimiter_ = static_cast<char>(separator);
    endLine(kWord.size() + 1);
  }

  /// Whichever of , ; tab | stands most often in the first line with content, outside quotes.
  char sniffDelimiter() {
    std::size_t counts[4] = {0, 0, 0, 0};
    constexpr std::string_view kCandidates = ",;\t|";
    bool quoted = false;
    for (std::size_t at = 0; at < maxRow_; ++at) {
      const int c = window_.peek(at);
      if (c == kEnd || (!quoted && isLineEnd(c))) break;
      if (c == '"') quoted = !quoted;
      const std::size_t which = kCandidates.find(static_cast<char>(c));
      if (!quoted && which != std::string_view::npos) ++counts[which];
    }
    const auto most = std::max_element(std::begin(counts), std::end(counts)) - std::begin(counts);
    return kCandidates[static_cast<std::size_t>(most)];
  }

  /// False where it paused.
  bool skipBlankLines() {
    while (!skipping_ && isLineEnd(window_.peek(0))) {
      endLine(0);
      if (window_.pauses()) return false;
    }
    return true;
  }

  /// Drops what was read and the line end behind it, if there is one.
  void endLine(std::size_t at) {
    const int c = window_.peek(at);
    std::size_t size = at;
    if (isLineEnd(c)) size += c == '\r' && window_.peek(at + 1) == '\n' ? 2u : 1u;
    line_ += countLineEnds(window_.view(0, size));
    window_.drop(size);
  }

  void readRow(Row& row) {
    row = {};
    row.number = line_;
    std::vector<std::string> fields;
    std::size_t at = 0;
    for (;;) {
      std::string field;
      if (!readField(at, field, row)) return;
      fields.push_back(std::move(field));
      if (at > maxRow_ || fields.size() > kMaxFields) {
        return giveUpLine(
            row, at, codes::kDecodeLimit,
            lineText(line_) + " is longer than " + std::to_string(maxRow_ >> 10) + " KiB");
      }
      if (window_.peek(at) != static_cast<unsigned char>(delimiter_)) break;
      ++at;
    }
    decode(fields, at, row);
    endLine(at);
  }

  /// Moves `at` behind the field. False when the row was given up.
  bool readField(std::size_t& at, std::string& field, Row& row) {
    if (window_.peek(at) == '"') return readQuoted(at, field, row);
    while (at <= maxRow_) {
      const int c = window_.peek(at);
      if (c == kEnd || isLineEnd(c) || c == static_cast<unsigned char>(delimiter_)) break;
      const std::size_t run = walks_ ? characterSize(at) : window_.runUntil(at, stops_);
      field += window_.view(at, run);
      at += run;
    }
    return true;
  }

  /// Of the GB18030 character at `at`, as far as it is there.
  std::size_t characterSize(std::size_t at) {
    const int lead = window_.peek(at);
    const int second = lead > 0x80 && lead < 0xFF ? window_.peek(at + 1) : kEnd;
    if (second < 0x30) return 1;
    if (second > 0x39) return 2;
    return window_.peek(at + 3) == kEnd ? 1 : 4;
  }

  bool readQuoted(std::size_t& at, std::string& field, Row& row) {
    const std::size_t opened = at++;
    for (;;) {
      const int c = window_.peek(at);
      if (c == kEnd || at > maxRow_) {
        giveUpQuote(row, opened, c == kEnd ? "that never closes" : "whose text is too long");
        return false;
      }
      if (c != '"') {
        const std::size_t run = window_.runUntil(at, "\"");
        field += window_.view(at, run);
        at += run;
      } else if (window_.peek(at + 1) == '"') {
        field += '"';
        at += 2;
      } else {
        break;
      }
    }
    const int after = window_.peek(++at);
    if (after == kEnd || isLineEnd(after) || after == static_cast<unsigned char>(delimiter_))
      return true;
    giveUpQuote(row, opened, "that is followed by more text after it closes");
    return false;
  }

  void giveUpQuote(Row& row, std::size_t opened, std::string_view what) {
    const std::uint64_t line = line_ + countLineEnds(window_.view(0, opened));
    giveUpLine(row, opened, codes::kBadRow,
               lineText(line) + " opens a quote " + std::string(what) +
                   "; double the quotes inside a value and close it");
  }

  /// The row is everything up to the end of the line in which `at` lies; reading goes on behind it.
  void giveUpLine(Row& row, std::size_t at, std::string_view code, std::string message) {
    row.cells.clear();
    row.problems.push_back({std::string(code), "", std::move(message)});
    row.evidence = window_.view(0, std::min(at, kMaxEvidence));
    for (;;) {
      const int c = window_.peek(at);
      if (c == kEnd || isLineEnd(c)) break;
      ++at;
      if (at <= kMaxEvidence) {
        row.evidence += static_cast<char>(c);
      } else if (at > 2 * kMaxEvidence) {
        // What is only skipped must not fill the memory.
        line_ += countLineEnds(window_.view(0, at));
        window_.drop(at);
        skipping_ = true;
        return;
      }
    }
    endLine(at);
  }

  /// False where it paused.
  bool skipRestOfLine() {
    for (;;) {
      const int c = window_.peek(0);
      if (c == kEnd || isLineEnd(c)) break;
      window_.drop(window_.runUntil(0, "\r\n"));
      if (window_.pauses()) return false;
    }
    endLine(0);
    skipping_ = false;
    return true;
  }

  void decode(std::vector<std::string>& fields, std::size_t end, Row& row) {
    row.width = static_cast<std::uint32_t>(fields.size());
    for (std::uint32_t column = 0; column < row.width; ++column) {
      std::string& field = fields[column];
      if (!decodeField(field)) {
        row.problems.push_back({codes::kBadEncoding, "",
                                lineText(row.number) + ", column " + columnName(column) +
                                    ": these bytes are no text in " +
                                    (gb18030_ ? "GB18030" : "UTF-8") +
                                    "; save the file again, or set its encoding"});
      } else if (!trim(field).empty()) {
        mendCarriageReturns(field);
        row.cells.push_back({column, Cell::Kind::text, Damage::none, std::move(field)});
      }
    }
    if (!row.problems.empty()) row.evidence = window_.view(0, std::min(end, kMaxEvidence));
  }

  [[nodiscard]] bool decodeField(std::string& field) const {
    if (!gb18030_) return isUtf8(field);
    const bool ascii = std::all_of(field.begin(), field.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return true;
    auto text = fromGb18030(field);
    if (!text) return false;
    field = std::move(*text);
    return true;
  }

  Window window_;
  bool gb18030_;
  char delimiter_;
  char guess_;
  bool walks_ = false;
  bool begun_ = false;
  bool skipping_ = false;  ///< Within a line that was given up.
  std::size_t maxRow_;
  std::string stops_;
  std::uint64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RowReader> openCsv(std::shared_ptr<const Fd> file, const TextStart& start,
                                   const ReadOptions& options, char guess) {
  return std::make_unique<CsvReader>(TextFeed(std::move(file), start), start.encoding, options,
                                     guess);
}

}  // namespace lianqiao::file_drop
