#include "record/quote_mask.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/cut.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "record/redact.h"

namespace lianqiao::record {
namespace {

constexpr std::size_t kMostRead = 2048;  // bytes
constexpr std::size_t kRun = 18;         // bytes: six Chinese characters
constexpr std::size_t kParted = 128;  // bytes at the end of what is read: a name may be cut there

bool isWordByte(char c) { return isLetter(c) || isDigit(c); }

/// Says of each byte of a text whether it is hidden.
class Hiding {
 public:
  explicit Hiding(std::string_view text) : text_(text), hidden_(text.size()), next_(text.size()) {
    for (std::size_t at = text.size(); at-- > 0;) {
      if (at + kBlock > text.size()) continue;
      std::uint16_t& head = heads_[slotOf(text.data() + at)];
      next_[at] = head;
      head = static_cast<std::uint16_t>(at + 1);
    }
  }

  /// Each place of `value`. Of one in ASCII only a whole word: "40" says nothing of "404".
  void hideWhole(std::string_view value) {
    const auto high = [](char c) { return (c & 0x80) != 0; };
    const bool ascii = std::none_of(value.begin(), value.end(), high);
    for (std::size_t at = 0; (at = text_.find(value, at)) != std::string_view::npos; ++at) {
      if (!ascii || isWord(at, value.size())) hide(at, at + value.size());
    }
  }

  /// Each run of kRun bytes out of `value`: every such run has a whole block at a multiple of the
  /// stride. `left` goes down with the work; false where none is left.
  bool hideRuns(std::string_view value, std::size_t& left) {
    for (std::size_t at = 0; at + kBlock <= value.size(); at += kRun - kBlock + 1) {
      for (std::size_t p = heads_[slotOf(value.data() + at)]; p != 0; p = next_[p - 1]) {
        left -= std::min(left, hideAround(p - 1, value, at));
        if (left == 0) return false;
      }
    }
    return true;
  }

  /// What it costs to look for a value, beside the value's bytes.
  [[nodiscard]] std::size_t cost() const { return 64 + text_.size() / 16; }

  /// `last`: how many bytes of it were made of the end of the text, where a value may be parted.
  [[nodiscard]] std::string shown(std::size_t& last) const {
    std::string out;
    std::size_t sure = 0;
    bool wasHidden = false;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t size = prefix(text_.substr(at), 1).size();
      const auto from = hidden_.begin() + static_cast<std::ptrdiff_t>(at);
      const bool isHidden = std::find(from, from + static_cast<std::ptrdiff_t>(size), true) !=
                            from + static_cast<std::ptrdiff_t>(size);
      if (!isHidden) out += text_.substr(at, size);
      if (isHidden && !wasHidden) out += "***";
      wasHidden = isHidden;
      at += size;
      if (at + kParted <= text_.size()) sure = out.size();
    }
    last = out.size() - sure;
    return out;
  }

 private:
  static constexpr std::size_t kBlock = 8;  // bytes

  static std::size_t slotOf(const char* block) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, block, sizeof bytes);
    return bytes * 0x9E3779B97F4A7C15U >> 52;
  }

  [[nodiscard]] bool isWord(std::size_t at, std::size_t size) const {
    const std::size_t end = at + size;
    const bool before = at > 0 && isWordByte(text_[at - 1]) && isWordByte(text_[at]);
    const bool behind = end < text_.size() && isWordByte(text_[end]) && isWordByte(text_[end - 1]);
    return !before && !behind;
  }

  void hide(std::size_t from, std::size_t to) {
    std::fill(hidden_.begin() + static_cast<std::ptrdiff_t>(from),
              hidden_.begin() + static_cast<std::ptrdiff_t>(to), true);
  }

  /// What text and value have in common around these two places, where that is a run; how many
  /// bytes were compared.
  std::size_t hideAround(std::size_t inText, std::string_view value, std::size_t inValue) {
    std::size_t back = 0;
    while (back < std::min(inText, inValue) &&
           text_[inText - back - 1] == value[inValue - back - 1])
      ++back;
    const std::size_t most = std::min(text_.size() - inText, value.size() - inValue);
    std::size_t on = 0;
    while (on < most && text_[inText + on] == value[inValue + on]) ++on;
    if (back + on >= kRun) hide(inText - back, inText + on);
    return back + on + 1;
  }

  const std::string_view text_;
  std::vector<bool> hidden_;
  std::array<std::uint16_t, 4096> heads_{};  ///< By the hash of a block: where it stands + 1.
  std::vector<std::uint16_t> next_;
};
static_assert(kMostRead <= UINT16_MAX - 1, "places are kept in 16 bits");

/// False where that would cost more than is left.
bool hideAll(const json::Value& value, Hiding& words, std::size_t& left) {
  if (value.isString() || value.isNumber()) {
    const std::string_view text = trim(value.text());
    if (left < text.size() + words.cost()) return false;
    left -= text.size() + words.cost();
    if (text.size() >= kRun) return words.hideRuns(text, left);
    if (countCharacters(text) > 1) words.hideWhole(text);
    return true;
  }
  const auto each = [&](const json::Value& one) { return hideAll(one, words, left); };
  const auto elements = value.elements();
  const auto members = value.members();
  return std::all_of(elements.begin(), elements.end(), each) &&
         std::all_of(members.begin(), members.end(),
                     [&](const json::Member& member) { return each(member.value); });
}

}  // namespace

std::string QuoteMask::mask(std::string_view said, std::size_t characters) {
  const std::string_view all = trim(said);
  const std::string_view read = base::cutBeforeNumber(all, kMostRead);
  if (!isUtf8(read)) return "(no text)";
  const bool whole = read.size() == all.size();
  const std::string key = std::string(read) + (whole ? "." : "+");
  const auto known = known_.find(key);
  const std::string& text =
      known != known_.end() ? known->second : known_[key] = masked(read, whole);
  return std::string(prefix(text, characters));
}

/// First hidden and masked, then cut: what is cut before is found no more.
std::string QuoteMask::masked(std::string_view read, bool whole) {
  Hiding words(read);
  for (const json::Value& one : sent_) {
    if (!hideAll(one, words, left_)) return "(left out)";
  }
  std::size_t last = 0;
  const std::string text = maskNumbers(words.shown(last));
  const std::size_t sure = whole ? text.size() : text.size() - std::min(text.size(), last);
  return std::string(cutAt(text, sure));
}

}  // namespace lianqiao::record
