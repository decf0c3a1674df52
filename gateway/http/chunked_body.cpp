#include "http/chunked_body.h"

#include <algorithm>

#include "lianqiao/ascii.h"

namespace lianqiao::http {

namespace {

constexpr std::size_t kMaxLine = 4096;
/// Of extensions and trailers of one body together: they carry nothing that anyone here reads.
constexpr std::size_t kMaxOverhead = 16384;

bool isTokenByte(char c) {
  return isDigit(c) || isLetter(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool isText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::size_t tokenLength(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), isTokenByte) -
                                  text.begin());
}

/// Length of a quoted-string at the front of `text`; 0 if there is none.
std::size_t quotedLength(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!isText(text[i])) return 0;
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\' && (++i == text.size() || !isText(text[i]))) return 0;
  }
  return 0;
}

/// chunk-ext = *( ";" chunk-ext-name [ "=" chunk-ext-val ] ), without the "bad" white space that
/// RFC 9112 §7.1.1 only tolerates.
bool validExtensions(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const std::size_t name = tokenLength(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    const std::size_t value = text.starts_with('"') ? quotedLength(text) : tokenLength(text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

bool validTrailer(std::string_view line) {
  static constexpr std::string_view kForbidden[] = {"content-length", "transfer-encoding",
                                                    "host",           "authorization",
                                                    "content-type",   "content-encoding",
                                                    "connection",     "te",
                                                    "trailer",        "expect",
                                                    "cookie"};
  const std::size_t name = tokenLength(line);
  if (name == 0 || name == line.size() || line[name] != ':') return false;
  if (!std::all_of(line.begin() + static_cast<std::ptrdiff_t>(name), line.end(), isText))
    return false;
  return std::none_of(std::begin(kForbidden), std::end(kForbidden),
                      [&](std::string_view forbidden) {
                        return equalIgnoringCase(forbidden, line.substr(0, name));
                      });
}

}  // namespace

ChunkedBody::State ChunkedBody::takeLine(std::size_t limit, const std::string& body) {
  const std::string_view line(line_.data(), line_.size() - 2);
  if (part_ == Part::data_end) {
    part_ = Part::size_line;
    return line.empty() ? State::need_more : State::malformed;
  }
  if (part_ == Part::trailer) {
    if (line.empty()) return State::complete;
    overhead_ += line.size();
    return overhead_ <= kMaxOverhead && validTrailer(line) ? State::need_more : State::malformed;
  }
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hexDigit(line[digits]) >= 0; ++digits) {
    size = size * 16 + static_cast<std::uint64_t>(hexDigit(line[digits]));
    if (digits == 8) return State::malformed;
  }
  overhead_ += line.size() - digits;
  if (digits == 0 || overhead_ > kMaxOverhead || !validExtensions(line.substr(digits)))
    return State::malformed;
  if (size > limit || body.size() > limit - size) return State::too_large;
  left_ = size;
  part_ = size == 0 ? Part::trailer : Part::data;
  return State::need_more;
}

ChunkedBody::State ChunkedBody::advance(std::string_view bytes, std::size_t limit,
                                        std::string& body, std::size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    if (part_ == Part::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
      body.append(bytes, used, n);
      used += n;
      left_ -= n;
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    const char c = bytes[used++];
    const bool afterReturn = !line_.empty() && line_.back() == '\r';
    if ((c == '\n') != afterReturn) return State::malformed;
    if (c != '\r' && c != '\n' && (part_ == Part::data_end || !isText(c))) return State::malformed;
    line_.push_back(c);
    if (line_.size() > kMaxLine) return State::malformed;
    if (c != '\n') continue;
    const State state = takeLine(limit, body);
    line_.clear();
    if (state != State::need_more) return state;
  }
  return State::need_more;
}

}  // namespace lianqiao::http
