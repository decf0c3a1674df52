#include "file_drop/csv_reader.h"
#include "file_drop/json_item.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

class JsonlReader final : public ItemReader {
 public:
  JsonlReader(TextFeed feed, std::string file, const ReadOptions& options)
      : feed_(std::move(feed)),
        maker_(file, options.maxRow),
        file_(std::move(file)),
        pace_(options.pace),
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
        return Error{codes::kDecodeLimit, file_ + " has more than " + std::to_string(maxRows_) +
                                              " rows; split it, or raise max_rows"};
      }
      maker_.fill(text, line_, tooLong_, item);
      return true;
    }
  }

 private:
  /// Keeps at most maxRow_ bytes of a line.
  Result<bool> nextLine() {
    if (!within_) {
      current_.clear();
      tooLong_ = false;
      any_ = false;
    }
    within_ = true;
    for (;;) {
      const std::size_t end = buffer_.find('\n', at_);
      const std::size_t size = (end == std::string::npos ? buffer_.size() : end) - at_;
      const std::size_t room = maxRow_ - std::min(maxRow_, current_.size());
      tooLong_ = tooLong_ || size > room;
      any_ = any_ || size > 0;
      current_.append(buffer_, at_, std::min(size, room));
      if (end != std::string::npos) {
        at_ = end + 1;
        within_ = false;
        return true;
      }
      buffer_.clear();
      at_ = 0;
      if (pace_.pauses()) return paused();
      auto more = feed_.append(buffer_);
      pace_.spend(buffer_.size());
      if (!more) return more;
      if (*more) continue;
      within_ = false;
      return any_;
    }
  }

  TextFeed feed_;
  JsonItemMaker maker_;
  std::string file_;
  BlockPace pace_;
  std::size_t maxRow_;
  std::uint64_t maxRows_;
  std::string buffer_;
  std::string current_;
  std::size_t at_ = 0;
  bool tooLong_ = false;
  bool within_ = false;  ///< A line that goes on.
  bool any_ = false;     ///< It has something.
  std::uint64_t line_ = 0;
  std::uint64_t count_ = 0;
};

/// The first byte that is no white space; NUL where there is none in the first 64 KiB.
Result<char> firstByte(TextFeed feed) {
  std::string head;
  if (auto more = feed.append(head); !more) return more.error();
  const std::string_view text = trim(head);
  return text.empty() ? '\0' : text.front();
}

}  // namespace

Result<std::unique_ptr<ItemReader>> openJsonl(Fd file, std::string name, const ReadOptions& options,
                                              bool laidOut) {
  // JSON is UTF-8 (RFC 8259 §8.1); a byte order mark is borne.
  Pace all = withoutEnd();
  std::uint64_t at = 0;
  const auto start = findEncoding(file, "utf-8", all, at);
  if (!start) return start.error();
  const auto shared = std::make_shared<const Fd>(std::move(file));
  const auto first = firstByte(TextFeed(shared, *start));
  if (!first) return first.error();
  if (laidOut || *first == '[')
    return makeJsonValues(TextFeed(shared, *start), std::move(name), options);
  return std::unique_ptr<ItemReader>(
      std::make_unique<JsonlReader>(TextFeed(shared, *start), std::move(name), options));
}

}  // namespace lianqiao::file_drop
