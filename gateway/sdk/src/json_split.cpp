#include <cstring>

#include "json_place.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "utf8.h"

namespace lianqiao::json {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimSpace(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error tooMany(std::size_t most) {
  return {codes::kTooLarge,
          "At most " + std::to_string(most) + " records may come in one request; send several."};
}

Result<std::vector<std::string_view>> splitLines(std::string_view body, std::size_t most) {
  std::vector<std::string_view> items;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    if (const std::string_view line = trimSpace(body.substr(0, end)); !line.empty()) {
      if (items.size() == most) return tooMany(most);
      items.push_back(line);
    }
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return items;
}

/// Walks over one array without looking at more than its strings and brackets.
class ArrayScanner {
 public:
  ArrayScanner(std::string_view body, std::size_t most) : body_(body), most_(most) {}

  Result<std::vector<std::string_view>> run() {
    std::vector<std::string_view> items;
    skipSpace();
    ++at_;  // the opening bracket
    skipSpace();
    if (!at(']')) {
      for (;;) {
        const std::size_t start = at_;
        if (items.size() == most_) return tooMany(most_);
        if (!skipElement()) return broken("the array of items is not closed");
        if (at_ == start) return broken("expected an item");
        items.push_back(body_.substr(start, at_ - start));
        skipSpace();
        if (at(']')) break;
        if (!at(',')) return broken("expected ',' or ']' after an item");
        ++at_;
        skipSpace();
      }
    }
    ++at_;
    skipSpace();
    if (at_ != body_.size()) return broken("expected the end of the body after the array");
    return items;
  }

 private:
  [[nodiscard]] bool at(char c) const { return at_ < body_.size() && body_[at_] == c; }
  void skipSpace() { at_ = std::min(body_.find_first_not_of(kSpace, at_), body_.size()); }

  bool skipElement() {
    std::size_t depth = 0;
    for (; at_ < body_.size(); ++at_) {
      const char c = body_[at_];
      if (c == '"') {
        if (!skipString()) return false;
        if (depth == 0) return ++at_, true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return true;
        if (--depth == 0) return ++at_, true;
      } else if (depth == 0 && (c == ',' || kSpace.find(c) != kSpace.npos)) {
        return true;
      }
    }
    return false;
  }

  /// Moves from the opening quote to the closing one.
  bool skipString() {
    const char* p = body_.data() + at_ + 1;
    const char* const end = body_.data() + body_.size();
    while (p != end && *p != '"') {
      if (*p == '\\') {
        if (++p == end) return false;
        ++p;
        continue;
      }
      ++p;
      while (end - p >= 8) {
        if (const std::uint64_t stop = utf8::specials(utf8::load8(p))) {
          p += utf8::firstFlag(stop);
          break;
        }
        p += 8;
      }
    }
    at_ = static_cast<std::size_t>(p - body_.data());
    return p != end;
  }

  Error broken(std::string_view what) const {
    return {codes::kBadJson,
            place(body_, at_) + ": " + std::string(what) + "; found " + found(body_, at_)};
  }

  std::string_view body_;
  std::size_t most_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<std::string_view>> splitItems(std::string_view body, bool ndjson,
                                                 std::size_t most) {
  if (ndjson) return splitLines(body, most);
  const std::string_view text = trimSpace(body);
  if (text.starts_with('{')) return std::vector<std::string_view>{text};
  if (text.starts_with('[')) return ArrayScanner(body, most).run();
  const std::size_t offset = std::min(body.find_first_not_of(kSpace), body.size());
  return Error{codes::kBadJson, place(body, offset) +
                                    ": expected one JSON object or an array of objects; found " +
                                    found(body, offset)};
}

}  // namespace lianqiao::json
