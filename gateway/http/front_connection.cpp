#include "http/front_connection.h"

#include <algorithm>
#include <utility>

#include "http/proxy_header.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

using namespace std::chrono_literals;

constexpr int kReadsPerTurn = 8;
constexpr auto kLingerTime = 3s;
constexpr std::size_t kLingerBytes = 256u << 20;
/// Reserved at once for an announced body; more only as it really comes.
constexpr std::size_t kFirstBodyBytes = 1u << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

FrontConnection::FrontConnection(FrontContext& context, ConnectionId id,
                                 std::unique_ptr<SocketStream> stream, std::string remote,
                                 bool proxied)
    : context_(context),
      id_(id),
      stream_(std::move(stream)),
      remote_(std::move(remote)),
      proxied_(proxied),
      preambleDue_(proxied),
      accepted_(context.now) {
  const auto& limits = context_.limits;
  deadline_ = accepted_ + (stream_->encrypted() ? limits.headerTime
                                                : std::min(limits.headerTime, limits.idleTime));
}

WaitingLines::Line FrontConnection::line() const {
  switch (phase_) {
    case Phase::working:
      return WaitingLines::Line::none;
    case Phase::lingering:
      return WaitingLines::Line::spare;
    case Phase::idle:
      return proved_ ? WaitingLines::Line::resting : WaitingLines::Line::spare;
    default:
      return proved_ ? WaitingLines::Line::none : WaitingLines::Line::spare;
  }
}

void FrontConnection::onEvents(const Events& events) {
  if (events.broken) return close();
  ending_ = ending_ || events.ending;
  readable_ = readable_ || events.readable || events.ending;
  if (events.writable && phase_ == Phase::answering) writeOut();
  if (events.writable && stream_->handshaking()) readable_ = true;
  run();
}

void FrontConnection::onAnswer(WireAnswer wire) {
  if (phase_ != Phase::working) return;
  answer(std::move(wire));
  run();
}

void FrontConnection::onDeadline() {
  switch (phase_) {
    case Phase::head:
      refuse({408, codes::kTimeout, "The header did not come in time."});
      break;
    case Phase::body:
      refuse({408, codes::kTimeout, "The body did not come in time."});
      break;
    case Phase::working:
      return;
    default:
      close();
  }
  run();
}

void FrontConnection::refuseAtOnce(const Refusal& refusal) {
  refuse(refusal);
  run();
}

void FrontConnection::run() {
  wantsTurn_ = false;
  if (preambleDue_ && phase_ == Phase::idle && !readPreamble()) return;
  for (int reads = 0; phase_ != Phase::closed;) {
    if (phase_ == Phase::lingering) return drain();
    if (phase_ == Phase::working || phase_ == Phase::answering) return;
    if (!waiting_.empty() && phase_ == Phase::idle) {
      takeInput({});
      continue;
    }
    if (ended_) {
      onEnd();
      continue;
    }
    if (!readable_) return;
    if (++reads > kReadsPerTurn) {
      wantsTurn_ = true;
      return;
    }
    if (!readMore()) return;
  }
}

/// Looked at where it lies: what follows may be a TLS handshake. False: nothing more to do for now.
bool FrontConnection::readPreamble() {
  std::size_t bytes = 0;
  if (!readable_) return false;
  const auto state = stream_->peek(context_.input.data(), ProxyHeader::kMost, bytes);
  if (state == SocketStream::State::again) return readable_ = false;
  const ProxyHeader header = readProxyHeader({context_.input.data(), bytes});
  const bool cut = header.state == ProxyHeader::State::need_more && ending_;
  if (state != SocketStream::State::ok || cut || header.state == ProxyHeader::State::malformed) {
    close();
    return false;
  }
  if (header.state == ProxyHeader::State::need_more) return readable_ = false;
  preambleDue_ = false;
  stream_->skip(header.size);
  if (!header.caller) return true;
  remote_ = *header.caller;
  if (context_.handedOn(id_, base::IpAddress::parse(remote_).value_or(base::IpAddress()))) {
    return true;
  }
  if (stream_->encrypted()) {
    close();
  } else {
    refuse({503, codes::kOverloaded, "Too many connections of this address; try again later."});
  }
  return false;
}

bool FrontConnection::readMore() {
  std::size_t bytes = 0;
  switch (stream_->read(context_.input.data(), context_.input.size(), bytes)) {
    case SocketStream::State::again:
      readable_ = false;
      return false;
    case SocketStream::State::failed:
      close();
      return false;
    case SocketStream::State::closed:
      ended_ = true;
      return true;
    case SocketStream::State::ok:
      break;
  }
  // A short read empties a plain socket and the poller tells when more comes; but an end that it
  // has told already it does not tell again.
  if (!stream_->encrypted() && stream_->drained() && !ending_) readable_ = false;
  takeInput({context_.input.data(), bytes});
  return true;
}

void FrontConnection::takeInput(std::string_view bytes) {
  if (waiting_.empty()) {
    const std::size_t used = consume(bytes);
    waiting_.assign(bytes.substr(used));
    return;
  }
  waiting_.append(bytes);
  waiting_.erase(0, consume(waiting_));
}

std::size_t FrontConnection::consume(std::string_view bytes) {
  std::size_t used = 0;
  if (phase_ == Phase::idle || phase_ == Phase::head) used = consumeHead(bytes);
  if (phase_ == Phase::body) used += consumeBody(bytes.substr(used));
  return used;
}

std::size_t FrontConnection::consumeHead(std::string_view bytes) {
  switch (scan_.advance(bytes, context_.limits.header)) {
    case HeadScan::State::need_more:
      if (phase_ == Phase::idle) {
        phase_ = Phase::head;
        deadline_ = (first_ ? accepted_ : context_.now) + context_.limits.headerTime;
      }
      return 0;
    case HeadScan::State::refused:
      refuse(scan_.refusal());
      return bytes.size();
    case HeadScan::State::complete:
      break;
  }
  const std::size_t end = scan_.end();
  const std::string_view head = bytes.substr(scan_.begin(), end - scan_.begin());
  scan_.reset();
  head_ = RequestHead();
  if (auto refusal = parseHead(head, head_)) {
    refuse(*refusal);
    return bytes.size();
  }
  head_.request.remoteAddress =
      proxied_ ? callerBehind(context_.trustedProxies, head_.request.headers, remote_) : remote_;
  if (admitted()) beginBody(bytes.size() > end);
  return end;
}

/// What admission or handler throw is a fault of ours and ends in 500, not in the front's death.
HttpFront::Admission FrontConnection::ask() {
  try {
    return context_.admit(head_.request);
  } catch (...) {
    return {.refuse =
                errorResponse({codes::kInternal, "The request could not be judged; see the log."})};
  }
}

bool FrontConnection::admitted() {
  const bool hasBody = head_.chunked || head_.length > 0;
  if (head_.request.path == "*") {
    HttpResponse allow{204, {}, {}};
    allow.headers.add("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
    answer(frame(std::move(allow), {false, head_.keepAlive && !hasBody}));
    return false;
  }
  HttpFront::Admission admission = ask();
  proved_ = admission.proved;
  if (admission.refuse) {
    answer(frame(std::move(*admission.refuse),
                 {head_.request.method == "HEAD", head_.keepAlive && !hasBody}));
    return false;
  }
  bodyLimit_ = admission.bodyLimit;
  hold_ = std::move(admission.hold);
  // A body without length where none is taken would be waited for until its time.
  if (bodyLimit_ == 0 ? hasBody : head_.length > bodyLimit_) {
    refuse({413, codes::kTooLarge,
            bodyLimit_ == 0
                ? "This address takes no body."
                : "The body may have at most " + std::to_string(bodyLimit_) + " bytes."});
    return false;
  }
  if (!hold_.fits(head_.length)) {
    refuse({503, codes::kOverloaded, "Too many bodies are being received; send again later."});
    return false;
  }
  return true;
}

void FrontConnection::beginBody(bool bodyIsHere) {
  if (!head_.chunked && head_.length == 0) return dispatch();
  phase_ = Phase::body;
  deadline_ = context_.now + context_.limits.bodyTime;
  chunks_.reset();
  head_.request.body.reserve(std::min<std::size_t>(head_.length, kFirstBodyBytes));
  if (!head_.expectContinue || bodyIsHere) return;
  std::size_t sent = 0;
  stream_->write(kContinue, {}, sent);
  if (sent != kContinue.size()) close();
}

std::size_t FrontConnection::consumeBody(std::string_view bytes) {
  std::string& body = head_.request.body;
  const std::size_t before = body.size();
  std::size_t used = 0;
  bool complete = false;
  if (head_.chunked) {
    switch (chunks_.advance(bytes, bodyLimit_, body, used)) {
      case ChunkedBody::State::malformed:
        refuse({400, codes::kMalformed, "The chunked body is malformed."});
        return bytes.size();
      case ChunkedBody::State::too_large:
        refuse({413, codes::kTooLarge,
                "The body may have at most " + std::to_string(bodyLimit_) + " bytes."});
        return bytes.size();
      case ChunkedBody::State::complete:
        complete = true;
        break;
      case ChunkedBody::State::need_more:
        break;
    }
  } else {
    used = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(head_.length) - before);
    body.append(bytes, 0, used);
    complete = body.size() == head_.length;
  }
  if (!hold_.grow(body.size() - before)) {
    refuse({503, codes::kOverloaded, "Too many bodies are being received; send again later."});
    return bytes.size();
  }
  if (complete) dispatch();
  return used;
}

void FrontConnection::dispatch() {
  phase_ = Phase::working;
  deadline_ = Time::max();
  auto responder = makeResponder(
      context_.mailbox, id_, {head_.request.method == "HEAD", head_.keepAlive}, std::move(hold_));
  try {
    context_.handler(std::move(head_.request), std::move(responder));
  } catch (...) {
    // The responder went down with the handler and has answered 500.
    return;
  }
}

void FrontConnection::onEnd() {
  if (phase_ == Phase::idle) return close();
  refuse({400, codes::kMalformed, "The request ended before it was complete."});
}

void FrontConnection::refuse(const Refusal& refusal) {
  answer(frame(answerOf(refusal), {head_.request.method == "HEAD", false}));
}

void FrontConnection::answer(WireAnswer wire) {
  hold_ = {};
  first_ = false;
  if (!wire.keepAlive) waiting_.clear();
  out_ = std::move(wire);
  outSent_ = 0;
  phase_ = Phase::answering;
  deadline_ = context_.now + context_.limits.answerTime;
  writeOut();
}

void FrontConnection::writeOut() {
  const std::string_view head =
      std::string_view(out_.head).substr(std::min(outSent_, out_.head.size()));
  const std::size_t ofBody = outSent_ > out_.head.size() ? outSent_ - out_.head.size() : 0;
  switch (stream_->write(head, std::string_view(out_.body).substr(ofBody), outSent_)) {
    case SocketStream::State::ok:
      return afterAnswer();
    case SocketStream::State::again:
      return;
    default:
      return close();
  }
}

void FrontConnection::afterAnswer() {
  const bool keepAlive =
      out_.keepAlive && !context_.mailbox->stopping.load(std::memory_order_relaxed);
  out_ = WireAnswer();
  if (!keepAlive) return linger();
  phase_ = Phase::idle;
  begunToWait_ = true;
  deadline_ = context_.now + context_.limits.idleTime;
}

void FrontConnection::linger() {
  phase_ = Phase::lingering;
  begunToWait_ = true;
  deadline_ = context_.now + kLingerTime;
  waiting_ = std::string();
  head_ = RequestHead();
  hold_ = {};
  stream_->finish();
}

void FrontConnection::drain() {
  for (int reads = 0; readable_ && !ended_; ++reads) {
    if (reads == kReadsPerTurn) {
      wantsTurn_ = true;
      return;
    }
    std::size_t bytes = 0;
    const auto state = stream_->read(context_.input.data(), context_.input.size(), bytes);
    if (state == SocketStream::State::again) {
      readable_ = false;
      return;
    }
    drained_ += bytes;
    if (state != SocketStream::State::ok || drained_ > kLingerBytes) ended_ = true;
  }
  if (ended_) close();
}

}  // namespace lianqiao::http
