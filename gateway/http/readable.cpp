#include "http/readable.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "http/inflate.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::http {
namespace {

constexpr std::size_t kLongestName = 40;  // characters of a coding or charset that is told

/// A name out of a header, for a message: what is no token is not repeated.
std::string told(std::string_view name) {
  const std::string_view shown = prefix(name, kLongestName);
  const bool plain = std::all_of(shown.begin(), shown.end(), [](char c) {
    return c == ' ' || (c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>');
  });
  return plain && !shown.empty() ? std::string(shown) : "that has no proper name";
}

void giveUp(HttpResponse& answer, std::string why) {
  answer.body.clear();
  answer.unread = std::move(why);
}

Result<void> unpack(HttpResponse& answer, std::size_t maxBytes) {
  const std::string coding = lowered(trim(answer.headers.get("Content-Encoding")));
  if (coding.empty() || coding == "identity") return {};
  const bool gzip = coding == "gzip" || coding == "x-gzip";
  if (answer.headers.count("Content-Encoding") > 1 || (!gzip && coding != "deflate")) {
    giveUp(answer, "it came in the encoding " + told(coding) +
                       ", and was asked for in gzip, deflate or none");
    return {};
  }
  Inflated inflated = inflate(gzip ? Packing::gzip : Packing::deflate, answer.body, maxBytes);
  if (inflated.state == Inflated::State::too_long) {
    return Error{codes::kProtocol, "the answer, which came in " + coding + ", is longer than " +
                                       std::to_string(maxBytes) + " bytes"};
  }
  if (inflated.state == Inflated::State::damaged) {
    giveUp(answer, "it came in the encoding " + coding + " and is damaged");
    return {};
  }
  answer.body = std::move(inflated.text);
  return {};
}

struct Media {
  std::string type;     ///< In lower case; empty where none is named.
  std::string charset;  ///< The same.
};

Media mediaOf(std::string_view field) {
  Media media;
  media.type = lowered(trim(field.substr(0, field.find(';'))));
  while (field.find(';') != std::string_view::npos) {
    field.remove_prefix(field.find(';') + 1);
    const std::string_view one = trim(field.substr(0, field.find(';')));
    if (!lowered(one).starts_with("charset=")) continue;
    std::string_view value = trim(one.substr(8));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    media.charset = lowered(value);
    break;
  }
  return media;
}

bool isText(const Media& media) {
  const std::string_view type = media.type;
  if (type.empty() || !media.charset.empty() || type.starts_with("text/")) return true;
  return type.ends_with("json") || type.ends_with("xml") || type.ends_with("jsonl") ||
         type.ends_with("javascript") || type == "application/x-www-form-urlencoded";
}

bool isAnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void toUtf8(HttpResponse& answer, const Media& media) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string& body = answer.body;
  if (body.starts_with("\xFE\xFF") || body.starts_with("\xFF\xFE"))
    return giveUp(answer, "it came in UTF-16");
  if (body.starts_with(kMark)) {
    body.erase(0, kMark.size());
    if (!isUtf8(body)) giveUp(answer, "it has the mark of UTF-8 and is none");
    return;
  }
  if (isAnyOf(media.charset, {"gbk", "gb2312", "gb18030", "x-gbk", "cp936"})) {
    if (auto text = fromGb18030(body)) {
      body = *std::move(text);
    } else {
      giveUp(answer, "it says charset " + media.charset + " and is none");
    }
    return;
  }
  const bool wide = media.charset.starts_with("utf-16") || media.charset.starts_with("utf-32");
  if (isAscii(body) && !wide) return;
  if (isAnyOf(media.charset, {"", "utf-8", "utf8", "us-ascii", "ascii"})) {
    if (isUtf8(body)) return;
    return giveUp(answer, media.charset.empty()
                              ? "it is not UTF-8, and its Content-Type names no charset"
                              : "it says charset " + media.charset + " and is not UTF-8");
  }
  giveUp(answer, "it came in the charset " + told(media.charset));
}

}  // namespace

Result<void> makeReadable(HttpResponse& answer, std::size_t maxBytes) {
  if (answer.body.empty()) return {};
  if (auto unpacked = unpack(answer, maxBytes); !unpacked) return unpacked;
  if (answer.body.empty()) return {};
  const Media media = mediaOf(answer.headers.get("Content-Type"));
  if (isText(media)) toUtf8(answer, media);
  return {};
}

}  // namespace lianqiao::http
