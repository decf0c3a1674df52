#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lianqiao/adapter.h"

namespace lianqiao::wechat_push {

/// Settings of one push address.
struct PushIdentity {
  Secret token;
  /// Present and, during a change, previous message key; empty: plain mode only.
  std::vector<std::string> keys;
  std::string id;           ///< appid or corpid.
  bool secureOnly = false;  ///< Plain pushes are refused.
};

/// Message push of WeChat and WeCom: answers the URL check, proves callers by time and signature
/// (over the cipher text in secure mode) before it parses anything, decrypts, and turns JSON or XML
/// into one raw item; what cannot be decrypted or read under a signature that fits becomes an item
/// with a problem. WeChat repeats what is not answered within 5 s, three times in all: the source
/// id (MsgId, or sender, time and event) lets the gateway know it again. Immutable, thread-safe.
class PushReceiver final : public Receiver {
 public:
  PushReceiver(PushIdentity identity, std::vector<std::string> kinds,
               std::chrono::milliseconds maxSkew, Host& host);

  Result<Reception> receive(const HttpRequest& request) override;
  /// "success", also for what was quarantined: WeChat could do nothing about it.
  HttpResponse answer(const HttpRequest& request, std::span<const ItemVerdict> verdicts) override;

 private:
  [[nodiscard]] Result<Reception> checkUrl(const HttpRequest& request) const;
  [[nodiscard]] Result<void> checkTime(const HttpRequest& request) const;
  [[nodiscard]] Result<std::string> message(const HttpRequest& request) const;
  [[nodiscard]] Result<std::string> decrypt(std::string_view encrypted) const;

  const PushIdentity identity_;
  const std::vector<std::string> kinds_;
  const std::chrono::milliseconds maxSkew_;
  Host& host_;
};

/// One message, JSON or XML, as a raw item with its source id. `origin` stays empty.
Result<RawItem> itemOfMessage(std::string_view message);
/// "text", or "event:<Event>".
std::string kindOf(const json::Value& message);

}  // namespace lianqiao::wechat_push
