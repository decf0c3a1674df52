#pragma once

#include <atomic>
#include <string>

#include "lianqiao/adapter.h"
#include "wechat_push/push_receiver.h"

namespace lianqiao::wechat_push {

/// WeChat: checks the URL, then pushes residents' reports (made up), in turn plain and secure, JSON
/// and XML; repeats what is not answered "success" within its time. Thread-safe.
class PushMock final : public MockPeer {
 public:
  explicit PushMock(PushIdentity identity) : identity_(std::move(identity)) {}

  HttpResponse handle(const HttpRequest& request, WallTime now) override;
  void drive(MockWorld& world) override;
  [[nodiscard]] Taken taken() const override { return {}; }

 private:
  bool push(MockWorld& world, std::size_t number);
  [[nodiscard]] std::string signedQuery(MockWorld& world, std::string_view encrypted) const;

  const PushIdentity identity_;
};

/// A made-up report; `xml` or JSON.
std::string sampleMessage(std::size_t number, WallTime now, bool xml);

}  // namespace lianqiao::wechat_push
