#include "file_drop/json_item.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr int kNoByte = -1;

bool isBlank(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Cuts a file into its values by brackets and quotes alone; whether each is JSON is found out when
/// it is parsed.
class JsonValues final : public ItemReader {
 public:
  JsonValues(TextFeed feed, std::string file, const ReadOptions& options)
      : feed_(std::move(feed)),
        maker_(file, options.maxRow),
        file_(std::move(file)),
        pace_(options.pace),
        maxRow_(options.maxRow),
        maxRows_(options.maxRows) {}

  Result<bool> next(Item& item) override {
    if (!within_) {
      if (auto begun = begin(); !begun || !*begun) return begun;
    }
    if (!readValue()) return paused();
    within_ = false;
    if (failure_) return *failure_;
    maker_.fill(text_, from_, tooLong_, item);
    return true;
  }

 private:
  Result<bool> begin() {
    if (auto there = skipBetween(); !there || !*there) return there;
    if (++count_ > maxRows_) {
      return Error{codes::kDecodeLimit, file_ + " has more than " + std::to_string(maxRows_) +
                                            " items; split it, or raise max_rows"};
    }
    from_ = line_;
    text_.clear();
    depth_ = 0;
    tooLong_ = quoted_ = false;
    within_ = true;
    return true;
  }

  int peek() {
    while (at_ == buffer_.size()) {
      if (ended_) return kNoByte;
      buffer_.clear();
      at_ = 0;
      const auto more = feed_.append(buffer_);
      pace_.spend(buffer_.size());
      if (!more) failure_ = more.error();
      ended_ = !more || !*more;
    }
    return static_cast<unsigned char>(buffer_[at_]);
  }
  void step() {
    if (buffer_[at_++] == '\n') ++line_;
  }
  void keep() {
    if (text_.size() < maxRow_) {
      text_ += buffer_[at_];
    } else {
      tooLong_ = true;
    }
    step();
  }

  /// To the next value. False at the end of a file that is whole.
  Result<bool> skipBetween() {
    for (;; step()) {
      const int c = peek();
      if (failure_) return *failure_;
      if (pace_.pauses()) return paused();
      if (c == kNoByte) {
        if (!open_) return false;
        return Error{codes::kBadJson,
                     file_ + " ends within its array: it is cut off; drop it again whole"};
      }
      if (isBlank(c) || (open_ && c == ',')) continue;
      if (!open_ && c == '[') {
        open_ = true;
      } else if (open_ && c == ']') {
        open_ = false;
      } else {
        return true;
      }
    }
  }

  /// False where it paused, which it does when nothing of the value is kept any more.
  bool readValue() {
    for (int c = peek(); c != kNoByte; c = peek()) {
      if (tooLong_ && pace_.pauses()) return false;
      if (quoted_) {
        if (c == '\\') keep();
        if (c == '"') quoted_ = false;
        if (peek() != kNoByte) keep();
        continue;
      }
      const bool ends = isBlank(c) || c == ',' || c == ']';
      if (depth_ == 0 && ends && !text_.empty()) return true;
      quoted_ = c == '"';
      if (c == '{' || c == '[') ++depth_;
      if (c == '}' || c == ']') --depth_;
      keep();
      if (depth_ <= 0 && (c == '}' || c == ']')) return true;
    }
    return true;
  }

  TextFeed feed_;
  JsonItemMaker maker_;
  std::string file_;
  BlockPace pace_;
  std::size_t maxRow_;
  std::uint64_t maxRows_;
  std::string buffer_;
  std::string text_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t count_ = 0;
  std::uint64_t from_ = 1;  ///< Line in which the value began.
  int depth_ = 0;
  bool quoted_ = false;
  bool within_ = false;  ///< A value that goes on.
  bool tooLong_ = false;
  bool open_ = false;
  bool ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace

void JsonItemMaker::fill(std::string_view text, std::uint64_t line, bool tooLong, Item& item) {
  item = {};
  item.row = line;
  item.raw.origin = file_ + ", line " + std::to_string(line);
  item.raw.body = "{";
  if (tooLong) {
    item.raw.problems.push_back({codes::kDecodeLimit, "",
                                 "line " + std::to_string(line) + " is longer than " +
                                     std::to_string(maxRow_ >> 10) + " KiB"});
  } else if (auto parsed = json::parse(text, document_, {.line = line}); !parsed) {
    item.raw.problems.push_back({parsed.error().code, "", parsed.error().detail});
  } else if (!document_.root.isObject()) {
    item.raw.problems.push_back(
        {codes::kBadJson, "", "line " + std::to_string(line) + " is not a JSON object"});
  } else {
    writeMembers(item.raw.body);
  }
  writeOrigin(item.raw.body, file_, {}, line);
  item.raw.body += '}';
  if (!item.raw.problems.empty()) item.raw.evidence = text.substr(0, kMaxEvidence);
}

void JsonItemMaker::writeMembers(std::string& body) const {
  for (const json::Member& member : document_.root.members()) {
    if (member.name == "_origin") continue;
    json::writeText(member.name, body);
    body += ':';
    if (member.value.isString()) {
      std::string text(member.value.text());
      mendCarriageReturns(text);
      json::writeText(text, body);
    } else {
      json::write(member.value, body);
    }
    body += ',';
  }
}

Result<std::unique_ptr<ItemReader>> makeJsonValues(TextFeed feed, std::string file,
                                                   const ReadOptions& options) {
  return std::unique_ptr<ItemReader>(
      std::make_unique<JsonValues>(std::move(feed), std::move(file), options));
}

}  // namespace lianqiao::file_drop
