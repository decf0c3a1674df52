#include "line_session/line_session.h"

#include <thread>

#include "line_session/line_connection.h"

namespace lianqiao::line_session {
namespace {

using std::chrono::milliseconds;

/// The word in front, taken off `text`.
std::string_view takeWord(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

class LineSession final : public Session {
 public:
  LineSession(const Settings& settings, Host& host)
      : host_(host),
        connection_(host.common<LineConnection>()),
        address_(settings.text("host")),
        port_(static_cast<int>(settings.integer("port"))),
        name_(settings.text("name")),
        ping_(settings.duration("ping")),
        hangs_(settings.boolean("hangs")) {}

  Result<void> open(Deadline deadline) override {
    waiting_.clear();
    if (auto made = connection_->connect(address_, port_, deadline); !made) return made;
    auto welcomed = greet(deadline);
    if (!welcomed) connection_->drop();
    return welcomed;
  }

  Result<Arrivals> step(const SessionTurn& turn) override {
    while (hangs_ && !host_.stopRequested()) std::this_thread::yield();
    Arrivals arrivals;
    if (auto alive = keepAlive(turn.deadline); !alive) return alive.error();
    const bool room = turn.items > 0 && !waiting_.empty();
    auto lines = connection_->lines(room ? Deadline() : turn.wait);
    if (!lines) return lines.error();
    arrivals.heard = !lines->empty();
    for (const std::string& line : *lines) read(line);
    std::size_t bytes = 0;
    while (!waiting_.empty() && arrivals.items.size() < turn.items && bytes < turn.bytes) {
      std::string_view line = waiting_.front();
      const std::string_view number = takeWord(line);
      arrivals.token += (arrivals.token.empty() ? "" : " ") + std::string(number);
      RawItem item;
      item.body = line;
      bytes += item.body.size();
      arrivals.items.push_back(std::move(item));
      waiting_.pop_front();
    }
    return arrivals;
  }

  Result<void> acknowledge(std::string_view token, std::span<const ItemVerdict>,
                           Deadline deadline) override {
    while (!token.empty()) {
      auto sent = connection_->send("ack " + std::string(takeWord(token)), deadline);
      if (!sent) return sent;
    }
    return {};
  }

  void close(Closing closing, Deadline deadline) override {
    if (closing == Closing::stop) static_cast<void>(connection_->send("bye", deadline));
    connection_->drop();
  }

 private:
  Result<void> greet(Deadline deadline) {
    if (auto sent = connection_->send("hello " + name_, deadline); !sent) return sent;
    bool welcome = false;
    while (!welcome) {
      auto lines = connection_->lines(deadline);
      if (!lines) return lines.error();
      if (lines->empty()) return Error{codes::kDeliverTimeout, "The peer does not say welcome."};
      for (const std::string& line : *lines) {
        if (line.starts_with("no"))
          return Error{codes::kRefused, "The peer does not let " + name_ + " in."};
        welcome = welcome || line == "welcome";
        read(line);
      }
    }
    pinged_ = heard_ = std::chrono::steady_clock::now();
    return {};
  }

  Result<void> keepAlive(Deadline deadline) {
    const auto now = std::chrono::steady_clock::now();
    if (pinged_ > heard_ && now - pinged_ > ping_)
      return Error{codes::kDeliverTimeout, "The peer does not answer a ping."};
    if (now - heard_ < ping_ || pinged_ > heard_) return {};
    pinged_ = now;
    return connection_->send("ping", deadline);
  }

  void read(std::string_view line) {
    heard_ = std::chrono::steady_clock::now();
    const std::string_view word = takeWord(line);
    if (word == "line") waiting_.emplace_back(line);
    if (word != "took") return;
    const auto number = decimalText(takeWord(line));
    if (number) connection_->answer(static_cast<std::uint64_t>(*number), std::string(line));
  }

  Host& host_;
  const std::shared_ptr<LineConnection> connection_;
  const std::string address_;
  const int port_;
  const std::string name_;
  const milliseconds ping_;
  const bool hangs_;
  std::deque<std::string> waiting_;  // "N JSON"
  Deadline pinged_{};
  Deadline heard_{};
};

class LineSink final : public Sink {
 public:
  explicit LineSink(Host& host) : connection_(host.common<LineConnection>()) {}

  Outcome deliver(const Delivery& delivery, Deadline deadline) override {
    const std::uint64_t number = connection_->ask();
    const auto sent = connection_->send(
        "put " + std::to_string(number) + " " + std::string(delivery.payloadText), deadline);
    if (!sent) return outcomeOfError(sent.error());
    auto receipt = connection_->awaitAnswer(number, deadline);
    if (receipt) return Outcome::delivered(std::move(*receipt));
    return Outcome::failed(Verdict::retry, codes::kDeliverTimeout, "The peer did not confirm it.");
  }

 private:
  const std::shared_ptr<LineConnection> connection_;
};

constexpr std::array kFields{
    FieldSpec{.name = "host",
              .kind = FieldKind::text,
              .doc = "IPv4 address of the peer.",
              .docZh = "对端的 IPv4 地址。",
              .fallback = "127.0.0.1"},
    FieldSpec{.name = "port",
              .kind = FieldKind::integer,
              .doc = "Where it listens.",
              .docZh = "对端监听的端口。",
              .required = true,
              .least = "1",
              .most = "65535"},
    FieldSpec{.name = "name",
              .kind = FieldKind::text,
              .doc = "How we introduce ourselves.",
              .docZh = "我方自报的名称。",
              .fallback = "gateway"},
    FieldSpec{.name = "ping",
              .kind = FieldKind::duration,
              .doc = "A peer that was silent for so long is pinged.",
              .docZh = "对端静默超过该时长则发送 ping。",
              .fallback = "10s",
              .least = "50ms",
              .most = "1h"},
    FieldSpec{.name = "hangs",
              .kind = FieldKind::boolean,
              .doc = "A step comes back only once the gateway stops.",
              .docZh = "step 只在网关停止时返回。",
              .fallback = "false"},
};

}  // namespace

constexpr Descriptor kDescriptor{
    .name = "line_session",
    .version = "1.0",
    .summary = "Lines over a connection that stays open.",
    .summaryZh = "经由常开连接逐行收发。",
    .settings = kFields,
    .deliversInSession = true,
    .makeSink = [](const Settings&, Host& host) -> std::unique_ptr<Sink> {
      return std::make_unique<LineSink>(host);
    },
    .makeSession = [](const Settings& settings, Host& host) -> std::unique_ptr<Session> {
      return std::make_unique<LineSession>(settings, host);
    },
};

}  // namespace lianqiao::line_session

LIANQIAO_ADAPTER("line_session", lianqiao::line_session::kDescriptor)
