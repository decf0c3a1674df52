#include "file_drop/csv_reader.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMaxEvidence = 64u << 10;

class JsonlReader final : public ItemReader {
 public:
  JsonlReader(TextFeed feed, std::string file, const ReadOptions& options)
      : feed_(std::move(feed)),
        file_(std::move(file)),
        maxRow_(options.maxRow),
        maxRows_(options.maxRows) {}

  Result<bool> next(Item& item) override {
    for (;;) {
      auto found = nextLine();
      if (!found || !*found) return found;
      ++line_;
      const std::string_view text = trim(current_);
      if (text.empty() && !tooLong_) continue;
      if (++count_ > maxRows_) {
        return Error{std::string(codes::kDecodeLimit), file_ + " has more than " +
                                                           std::to_string(maxRows_) +
                                                           " rows; split it, or raise max_rows"};
      }
      fill(text, item);
      return true;
    }
  }

 private:
  /// Keeps at most maxRow_ bytes of a line.
  Result<bool> nextLine() {
    current_.clear();
    tooLong_ = false;
    bool any = false;
    for (;;) {
      const std::size_t end = buffer_.find('\n', at_);
      const std::size_t size = (end == std::string::npos ? buffer_.size() : end) - at_;
      const std::size_t room = maxRow_ - std::min(maxRow_, current_.size());
      tooLong_ = tooLong_ || size > room;
      any = any || size > 0;
      current_.append(buffer_, at_, std::min(size, room));
      if (end != std::string::npos) {
        at_ = end + 1;
        return true;
      }
      buffer_.clear();
      at_ = 0;
      auto more = feed_.append(buffer_);
      if (!more) return more;
      if (!*more) return any;
    }
  }

  void fill(std::string_view text, Item& item) {
    item = {};
    item.row = line_;
    item.raw.origin = file_ + ", line " + std::to_string(line_);
    item.raw.body = "{";
    if (tooLong_) {
      item.raw.problems.push_back({std::string(codes::kDecodeLimit), "",
                                   "line " + std::to_string(line_) + " is longer than " +
                                       std::to_string(maxRow_ >> 10) + " KiB"});
    } else if (auto parsed = json::parse(text, document_, {.line = line_}); !parsed) {
      item.raw.problems.push_back({parsed.error().code, "", parsed.error().detail});
    } else if (!document_.root.isObject()) {
      item.raw.problems.push_back({std::string(codes::kBadJson), "",
                                   "line " + std::to_string(line_) + " is not a JSON object"});
    } else {
      writeMembers(item.raw.body);
    }
    writeOrigin(item.raw.body, file_, {}, line_);
    item.raw.body += '}';
    if (!item.raw.problems.empty()) item.raw.evidence = text.substr(0, kMaxEvidence);
  }

  void writeMembers(std::string& body) const {
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

  TextFeed feed_;
  std::string file_;
  std::size_t maxRow_;
  std::uint64_t maxRows_;
  json::Document document_;
  std::string buffer_;
  std::string current_;
  std::size_t at_ = 0;
  bool tooLong_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<std::unique_ptr<ItemReader>> openJsonl(Fd file, std::string name,
                                              const ReadOptions& options) {
  // JSON is UTF-8 (RFC 8259 §8.1); a byte order mark is borne.
  const auto start = findEncoding(file, "utf-8");
  if (!start) return start.error();
  return std::unique_ptr<ItemReader>(
      std::make_unique<JsonlReader>(TextFeed(std::move(file), *start), std::move(name), options));
}

}  // namespace lianqiao::file_drop
