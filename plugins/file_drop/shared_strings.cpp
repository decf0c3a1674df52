#include "file_drop/shared_strings.h"

#include <cstring>
#include <optional>

#include "file_drop/code_point.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kTextsInMemory = 3u << 20;
constexpr std::size_t kPlacesInMemory = 1u << 20;
constexpr std::size_t kEscape = 7;  // _xHHHH_

struct TextPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::optional<std::uint32_t> escapeAt(std::string_view text, std::size_t at) {
  if (at + kEscape > text.size() || text[at] != '_' || text[at + 1] != 'x' || text[at + 6] != '_') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const int digit = hexDigit(c);
    if (digit < 0) return std::nullopt;
    unit = (unit << 4) + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

}  // namespace

std::string decodeEscapes(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find("_x"); at != std::string_view::npos; at = text.find("_x", at)) {
    const auto unit = escapeAt(text, at);
    std::optional<std::uint32_t> point = unit;
    std::size_t length = kEscape;
    if (unit && *unit >= 0xD800 && *unit < 0xE000) {
      const auto low = escapeAt(text, at + kEscape);
      const bool pair = *unit < 0xDC00 && low && *low >= 0xDC00 && *low < 0xE000;
      point =
          pair ? std::optional(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00)) : std::nullopt;
      length = 2 * kEscape;
    }
    if (!point || *point == 0) {
      at += 2;
      continue;
    }
    out += text.substr(from, at - from);
    appendCodePoint(*point, out);
    at += length;
    from = at;
  }
  out += text.substr(from);
  return out;
}

void RichText::begin() {
  text_.clear();
  phonetic_ = 0;
  inText_ = false;
}

void RichText::onStart(std::string_view name) {
  if (name == "rPh") ++phonetic_;
  if (name == "t") inText_ = true;
}

void RichText::onEnd(std::string_view name) {
  if (name == "rPh" && phonetic_ > 0) --phonetic_;
  if (name == "t") inText_ = false;
}

void RichText::onText(std::string_view text) {
  if (!inText_ || phonetic_ > 0 || text_.size() > limit_) return;
  text_ += text;
}

std::string RichText::take() { return decodeEscapes(text_); }

class SharedStringsHandler final : public XmlHandler {
 public:
  SharedStringsHandler(SharedStrings& strings, std::size_t maxCell)
      : strings_(strings), text_(maxCell) {}

  void onStart(std::string_view name, const XmlAttributes&) override {
    if (name == "si") text_.begin();
    text_.onStart(name);
  }
  void onEnd(std::string_view name) override {
    text_.onEnd(name);
    if (name != "si") return;
    if (auto added = strings_.add(text_.take()); !added) failure = added.error();
  }
  void onText(std::string_view text) override { text_.onText(text); }

 private:
  SharedStrings& strings_;
  RichText text_;
};

SharedStrings::SharedStrings(const std::filesystem::path& scratch, std::size_t maxCell)
    : texts_(scratch, kTextsInMemory), places_(scratch, kPlacesInMemory), maxCell_(maxCell) {}

Result<void> SharedStrings::load(const ZipArchive& archive, const ZipEntry& entry) {
  if (loaded_) return {};
  if (!xml_) {
    auto stream = archive.stream(entry);
    if (!stream) return stream.error();
    handler_ = std::make_unique<SharedStringsHandler>(*this, maxCell_);
    xml_ = std::make_unique<XmlStream>(std::move(*stream), *handler_, entry.name);
  }
  if (auto read = xml_->readAll(); !read) return read;
  xml_.reset();
  loaded_ = true;
  return {};
}

Result<void> SharedStrings::add(std::string_view text) {
  const TextPlace place{texts_.size(), text.size()};
  char bytes[sizeof place];
  std::memcpy(bytes, &place, sizeof place);
  if (auto placed = places_.append({bytes, sizeof bytes}); !placed) return placed;
  ++count_;
  return texts_.append(text);
}

Result<void> SharedStrings::at(std::uint64_t index, std::string& out) const {
  if (index >= count_) {
    return Error{codes::kBadFile,
                 "the workbook is damaged: a cell names a shared string that is not there"};
  }
  if (auto found = places_.read(index * sizeof(TextPlace), sizeof(TextPlace), out); !found)
    return found;
  TextPlace place;
  std::memcpy(&place, out.data(), sizeof place);
  return texts_.read(place.offset, static_cast<std::size_t>(place.size), out);
}

}  // namespace lianqiao::file_drop
