#include "http/front_mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

class MailResponder final : public Responder {
 public:
  MailResponder(std::shared_ptr<Mailbox> mailbox, ConnectionId to, Framing framing,
                Shares::Hold hold)
      : mailbox_(std::move(mailbox)), to_(to), framing_(framing), hold_(std::move(hold)) {}

  ~MailResponder() override {
    if (!sent_)
      send(errorResponse(
          {codes::kInternal, "The request was not answered; see the gateway's log."}));
  }
  MailResponder(const MailResponder&) = delete;
  MailResponder& operator=(const MailResponder&) = delete;

  void send(HttpResponse response) override {
    if (std::exchange(sent_, true)) return;
    if (mailbox_->stopping.load(std::memory_order_relaxed)) framing_.keepAlive = false;
    hold_ = {};
    mailbox_->post(to_, frame(std::move(response), framing_));
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  ConnectionId to_;
  Framing framing_;
  Shares::Hold hold_;
  bool sent_ = false;
};

}  // namespace

Mailbox::Mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Mailbox::~Mailbox() { ::close(event_); }

void Mailbox::post(ConnectionId to, WireAnswer answer) {
  {
    const base::Lock lock(mutex_);
    letters_.push_back({to, std::move(answer)});
  }
  if (asleep_.load() && asleep_.exchange(false)) nudge();
}

void Mailbox::collect(std::vector<Letter>& letters) {
  letters.clear();
  const base::Lock lock(mutex_);
  letters_.swap(letters);
}

bool Mailbox::goToSleep() {
  asleep_.store(true);
  const base::Lock lock(mutex_);
  if (letters_.empty()) return true;
  asleep_.store(false);
  return false;
}

void Mailbox::wakeUp() { asleep_.store(false); }

void Mailbox::nudge() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the front wakes up anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_, &one, sizeof one);
}

std::unique_ptr<Responder> makeResponder(std::shared_ptr<Mailbox> mailbox, ConnectionId to,
                                         Framing framing, Shares::Hold hold) {
  return std::make_unique<MailResponder>(std::move(mailbox), to, framing, std::move(hold));
}

}  // namespace lianqiao::http
