#include "http/http_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "http/http_target.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::http {

namespace beast = boost::beast;
namespace wire = boost::beast::http;

namespace {

constexpr bool isTokenCharacter(char c) {
  return isLetter(c) || isDigit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

std::optional<Refusal> malformed(std::string_view message) {
  return Refusal{400, codes::kMalformed, std::string(message)};
}

/// Beast reads the head into ours. Its own idea of the body is not used (skip): it takes "5, 5" as
/// a length, lets any unknown coding pass as "no body", and waits for ever on a bare LF after the
/// last chunk.
class HeadParser final : public wire::basic_parser<true> {
 public:
  explicit HeadParser(RequestHead& head, std::size_t size) : head_(head) {
    header_limit(static_cast<std::uint32_t>(size) + 1);
    skip(true);
  }

  std::string_view target;
  std::string_view host;
  std::string_view length;
  std::string_view coding;
  std::string_view expect;
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  int expects = 0;

 private:
  void on_request_impl(wire::verb, beast::string_view method, beast::string_view text, int version,
                       beast::error_code& ec) override {
    ec = {};
    head_.request.method.assign(method.data(), method.size());
    target = view(text);
    head_.http10 = version == 10;
  }

  void on_response_impl(int, beast::string_view, int, beast::error_code& ec) override { ec = {}; }

  void on_field_impl(wire::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& ec) override {
    ec = {};
    switch (field) {
      case wire::field::host:
        host = view(value);
        ++hosts;
        break;
      case wire::field::content_length:
        length = view(value);
        ++lengths;
        break;
      case wire::field::transfer_encoding:
        coding = view(value);
        ++codings;
        break;
      case wire::field::expect:
        expect = view(value);
        ++expects;
        break;
      default:
        break;
    }
    head_.request.headers.add(std::string(name.data(), name.size()),
                              std::string(value.data(), value.size()));
  }

  void on_header_impl(beast::error_code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code& ec) override {
    ec = {};
  }
  std::size_t on_body_impl(beast::string_view body, beast::error_code& ec) override {
    ec = {};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code& ec) override {
    ec = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code& ec) override {
    ec = {};
    return body.size();
  }
  void on_finish_impl(beast::error_code& ec) override { ec = {}; }

  RequestHead& head_;
};

/// True for "HTTP/d.d" at the end of a request line of three parts: then a refused version is 505,
/// not 400.
bool wellFormedOtherVersion(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  if (line.find('\r') != line.npos) return false;
  if (std::count(line.begin(), line.end(), ' ') != 2 || line.size() < 9) return false;
  const std::string_view version = line.substr(line.size() - 9);
  return version.starts_with(" HTTP/") && isDigit(version[6]) && version[7] == '.' &&
         isDigit(version[8]);
}

Refusal beyondAllBodies() {
  return {413, codes::kTooLarge, "Content-Length is beyond all that is ever taken."};
}

/// Beast stops at a length that 64 bits do not hold before it has told which it was.
bool onlyTooLong(std::string_view bytes) {
  constexpr std::string_view kName = "content-length:";
  int fields = 0;
  bool digits = false;
  for (std::size_t end = 0; (end = bytes.find("\r\n")) != bytes.npos;
       bytes.remove_prefix(end + 2)) {
    const std::string_view line = bytes.substr(0, end);
    if (line.size() < kName.size() ||
        !beast::iequals({line.data(), kName.size()}, {kName.data(), kName.size()})) {
      continue;
    }
    ++fields;
    const std::string_view value = trim(line.substr(kName.size()));
    digits = value.size() > 18 && value.front() != '0' &&
             std::all_of(value.begin(), value.end(), isDigit);
  }
  return fields == 1 && digits;
}

std::optional<Refusal> refusalOf(const beast::error_code& ec, std::string_view bytes) {
  if (ec == wire::error::bad_version && wellFormedOtherVersion(bytes)) {
    return Refusal{505, codes::kMalformed, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  }
  if (ec == wire::error::bad_content_length && onlyTooLong(bytes)) return beyondAllBodies();
  if (ec == wire::error::bad_content_length || ec == wire::error::multiple_content_length) {
    return malformed(
        "Content-Length must stand once, as plain digits, and not beside Transfer-Encoding.");
  }
  if (ec == wire::error::bad_transfer_encoding) {
    return malformed("Transfer-Encoding must stand once and not beside Content-Length.");
  }
  if (ec == wire::error::bad_field)
    return malformed("A header field has no valid name before its colon.");
  if (ec == wire::error::bad_value)
    return malformed("A header field's value has a forbidden character.");
  if (ec == wire::error::bad_line_ending) return malformed("A line does not end with CR LF.");
  return malformed(
      "The request line must be: method, target, HTTP version, with one blank between.");
}

std::optional<Refusal> checkMethod(const std::string& method) {
  static constexpr std::string_view kKnown[] = {"POST",   "GET",   "HEAD",   "PUT",
                                                "DELETE", "PATCH", "OPTIONS"};
  if (std::find(std::begin(kKnown), std::end(kKnown), method) != std::end(kKnown)) return {};
  if (method == "CONNECT" || method == "TRACE") {
    return Refusal{405, codes::kMethod, "This method is not offered here."};
  }
  return Refusal{501, codes::kMethod, "This method is not known here; methods are upper case."};
}

std::optional<Refusal> checkHost(const HeadParser& parser, const RequestHead& head,
                                 const std::string& authority) {
  if (parser.hosts > 1) return malformed("The Host header must stand once.");
  if (parser.hosts == 0) {
    return head.http10 ? std::nullopt : malformed("HTTP/1.1 needs a Host header.");
  }
  if (!validAuthority(parser.host))
    return malformed("The Host header must be a host name or address, with or without a port.");
  if (!authority.empty() && !sameAuthority(authority, parser.host)) {
    return malformed("The Host header and the request target name different hosts.");
  }
  return {};
}

/// RFC 9112 §6.1: codings that have a name but are not offered are 501; everything else is an
/// attempt to hide the framing from somebody, or broken.
std::optional<Refusal> checkCoding(std::string_view coding, RequestHead& head) {
  if (head.http10) return malformed("HTTP/1.0 has no Transfer-Encoding.");
  if (beast::iequals(coding, "chunked")) {
    head.chunked = true;
    return {};
  }
  const std::string_view first = coding.substr(0, coding.find_first_of(", \t"));
  const std::string_view rest = coding.substr(first.size());
  for (std::string_view known : {"gzip", "x-gzip", "deflate", "compress", "x-compress"}) {
    if (beast::iequals(first, known) && (rest.empty() || beast::iequals(rest, ", chunked"))) {
      return Refusal{501, codes::kMalformed, "No transfer coding but chunked is offered."};
    }
  }
  return malformed("Transfer-Encoding must be: chunked.");
}

std::optional<Refusal> checkLength(std::string_view text, RequestHead& head) {
  // Leading zeros are legal but read as octal by some; 18 digits cannot overflow.
  const bool digits = !text.empty() && (text.size() == 1 || text.front() != '0') &&
                      std::all_of(text.begin(), text.end(), isDigit);
  if (!digits)
    return malformed("Content-Length must be plain digits without sign, list or leading zeros.");
  if (text.size() > 18) return beyondAllBodies();
  for (char c : text) head.length = head.length * 10 + static_cast<std::uint64_t>(c - '0');
  return {};
}

std::optional<Refusal> checkFraming(const HeadParser& parser, RequestHead& head) {
  if (parser.lengths > 1) return malformed("Content-Length must stand once.");
  if (parser.codings > 1) return malformed("Transfer-Encoding must stand once.");
  if (parser.lengths == 1 && parser.codings == 1) {
    return malformed("Content-Length and Transfer-Encoding must not stand together.");
  }
  if (parser.codings == 1) return checkCoding(parser.coding, head);
  if (parser.lengths == 1) return checkLength(parser.length, head);
  return {};
}

std::optional<Refusal> checkExpect(const HeadParser& parser, RequestHead& head) {
  if (parser.expects == 0 || head.http10) return {};
  if (parser.expects > 1 || !beast::iequals(parser.expect, "100-continue")) {
    return Refusal{417, codes::kMalformed, "The only expectation that can be met is 100-continue."};
  }
  head.expectContinue = true;
  return {};
}

}  // namespace

HeadScan::State HeadScan::refuse(int status, std::string_view code, std::string_view message) {
  refusal_ = {status, code, std::string(message)};
  return State::refused;
}

HeadScan::State HeadScan::tooLong(std::string_view bytes, std::size_t limit) {
  const std::size_t size = bytes.size() - begin_;
  if (lines_ == 0) {
    const std::string_view start = bytes.substr(begin_, kMaxMethod + 1);
    std::size_t token = 0;
    while (token < start.size() && isTokenCharacter(start[token])) ++token;
    const bool ended = token < start.size();
    if (ended && start[token] == '\r' && token == 0) return State::need_more;
    if (token > kMaxMethod || (ended && (token == 0 || start[token] != ' '))) {
      return refuse(400, codes::kMalformed, "The request does not start with an HTTP method.");
    }
    if (size > std::min(kMaxRequestLine, limit)) {
      return refuse(414, codes::kTooLarge, "The request line is too long.");
    }
  }
  if (size > limit) return refuse(431, codes::kTooLarge, "The header is too large.");
  return State::need_more;
}

HeadScan::State HeadScan::advance(std::string_view bytes, std::size_t limit) {
  while (seen_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_);
    if (found == nullptr) {
      seen_ = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    seen_ = at + 1;
    if (at == lineStart_ || bytes[at - 1] != '\r') {
      return refuse(400, codes::kMalformed, "A line does not end with CR LF.");
    }
    const bool empty = at - 1 == lineStart_;
    const char first = bytes[lineStart_];
    if (lines_ == 0) {
      if (empty && lineStart_ == 0) {
        begin_ = lineStart_ = seen_;
        continue;
      }
      if (tooLong(bytes.substr(0, seen_), limit) == State::refused) return State::refused;
      if (empty)
        return refuse(400, codes::kMalformed, "The request does not start with an HTTP method.");
    } else if (first == ' ' || first == '\t') {
      return refuse(400, codes::kMalformed,
                    "Header lines must not start with a blank (line folding).");
    }
    lineStart_ = seen_;
    if (empty) {
      return seen_ - begin_ > limit ? refuse(431, codes::kTooLarge, "The header is too large.")
                                    : State::complete;
    }
    if (++lines_ > kMaxFields + 1)
      return refuse(431, codes::kTooLarge, "The header has too many fields.");
  }
  return bytes.size() > begin_ ? tooLong(bytes, limit) : State::need_more;
}

std::optional<Refusal> parseHead(std::string_view bytes, RequestHead& head) {
  HeadParser parser(head, bytes.size());
  beast::error_code ec;
  const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec) return refusalOf(ec, bytes);
  if (used != bytes.size() || !parser.is_done()) return malformed("The header is not complete.");
  head.keepAlive = !head.http10 && parser.keep_alive();
  if (auto refusal = checkMethod(head.request.method)) return refusal;
  std::string authority;
  if (auto wrong = readTarget(parser.target, head.request, authority); !wrong.empty())
    return malformed(wrong);
  if (auto refusal = checkHost(parser, head, authority)) return refusal;
  if (auto refusal = checkFraming(parser, head)) return refusal;
  return checkExpect(parser, head);
}

}  // namespace lianqiao::http
