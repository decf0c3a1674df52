#include "http/answer_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <utility>

namespace lianqiao::http {

namespace beast = boost::beast;
namespace wire = boost::beast::http;

namespace {

constexpr std::uint32_t kMaxHeader = 32 * 1024;
constexpr int kMaxInterim = 8;
constexpr std::size_t kFirstAnswerBytes = 64 * 1024;
constexpr std::size_t kLastChunk = std::string_view("0\r\n\r\n").size();

}  // namespace

struct AnswerParser::Parser final : public wire::basic_parser<false> {
  Parser(bool headOnly, std::size_t maxBytes) {
    eager(true);
    skip(headOnly);
    header_limit(kMaxHeader);
    body_limit(maxBytes);
  }

  HttpResponse response;
  bool unknownCoding = false;
  bool noStatus = false;  ///< RFC 9110 §15: below 100 there is none.

 private:
  void on_request_impl(wire::verb, beast::string_view, beast::string_view, int,
                       beast::error_code& ec) override {
    ec = {};
  }
  void on_response_impl(int status, beast::string_view, int, beast::error_code& ec) override {
    ec = {};
    response.status = status;
    noStatus = status < 100;
  }
  void on_field_impl(wire::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& ec) override {
    ec = {};
    if (field == wire::field::transfer_encoding && !beast::iequals(value, "chunked")) {
      unknownCoding = true;
    }
    response.headers.add(std::string(name.data(), name.size()),
                         std::string(value.data(), value.size()));
  }
  void on_header_impl(beast::error_code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                         beast::error_code& ec) override {
    ec = {};
    if (length) response.body.reserve(std::min<std::size_t>(*length, kFirstAnswerBytes));
  }
  std::size_t on_body_impl(beast::string_view body, beast::error_code& ec) override {
    ec = {};
    response.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code& ec) override {
    ec = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(beast::error_code& ec) override { ec = {}; }
};

AnswerParser::AnswerParser(bool headOnly, std::size_t maxBytes)
    : headOnly_(headOnly),
      maxBytes_(maxBytes),
      parser_(std::make_unique<Parser>(headOnly, maxBytes)) {}

AnswerParser::~AnswerParser() = default;

AnswerParser::State AnswerParser::broken(std::string problem) {
  problem_ = std::move(problem);
  return State::broken;
}

AnswerParser::State AnswerParser::feed(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  waiting_.append(bytes);
  for (;;) {
    // Beast asserts that a body without content has come whole once it has seen its first line.
    // Nothing can end with fewer bytes than these.
    if (parser_->is_header_done() && parser_->chunked() && waiting_.size() < kLastChunk)
      return State::need_more;
    beast::error_code ec;
    const std::size_t used =
        parser_->put(boost::asio::const_buffer(waiting_.data(), waiting_.size()), ec);
    waiting_.erase(0, used);
    if (ec && ec != wire::error::need_more) {
      if (ec == wire::error::body_limit) {
        return broken("the answer is longer than " + std::to_string(maxBytes_) + " bytes");
      }
      return broken("the answer is not HTTP: " + ec.message());
    }
    if (parser_->noStatus) return broken("the answer has no valid status");
    if (parser_->unknownCoding) return broken("the answer has an unknown transfer coding");
    if (!parser_->is_done()) {
      // The parser holds back an unfinished line; no honest one is that long.
      if (waiting_.size() > kMaxHeader) return broken("the answer has a line that does not end");
      return State::need_more;
    }
    if (parser_->response.status >= 200) return State::complete;
    if (parser_->response.status == 101) return broken("the peer switched protocols unasked");
    if (++interim_ > kMaxInterim) return broken("the peer sends interim answers without end");
    parser_ = std::make_unique<Parser>(headOnly_, maxBytes_);
    if (waiting_.empty()) return State::need_more;
  }
}

AnswerParser::State AnswerParser::end() {
  if (!begun_) return broken("the peer closed the connection without an answer");
  if (parser_->got_some()) {
    beast::error_code ec;
    parser_->put_eof(ec);
    if (!ec && parser_->is_done()) return State::complete;
  }
  return broken("the peer closed the connection before the answer was whole");
}

HttpResponse AnswerParser::take() { return std::move(parser_->response); }

int AnswerParser::status() const {
  return parser_->is_header_done() && parser_->response.status >= 200 ? parser_->response.status
                                                                      : 0;
}

bool AnswerParser::reusable() const { return parser_->keep_alive() && waiting_.empty(); }

}  // namespace lianqiao::http
