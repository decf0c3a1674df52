#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data_exchange/connection.h"
#include "data_exchange/platform_answer.h"
#include "kit/mock/day_list.h"
#include "kit/mock/ledger.h"
#include "kit/time/china_time.h"
#include "lianqiao/mutex.h"

namespace lianqiao::data_exchange {

/// A sharing platform: issues keys, checks every signature, service id, time and nonce, takes
/// records and recognises doubles by their idempotency key, serves pages of its rows, and lists
/// what it took by day where `list_url` is set. Thread-safe.
class ExchangeMock final : public MockPeer {
 public:
  explicit ExchangeMock(const Settings& settings);

  HttpResponse handle(const HttpRequest& request, WallTime now) override;
  /// Makes rows for the paged query where the settings name one; else, with mock_pushes, sends them
  /// to the gateway; else nothing.
  void drive(MockWorld& world) override;
  [[nodiscard]] Taken taken() const override { return ledger_.taken(); }

  /// A row of the paged query: a JSON object whose increment field is `time`.
  void addRow(WallTime time, std::string row);
  /// Every issued key is worthless from now on.
  void forgetKeys();
  [[nodiscard]] std::uint64_t keysIssued() const;

 private:
  struct IssuedKey {
    std::string secret;
    WallTime end;
  };
  struct Row {
    WallTime time;
    std::string json;
  };

  /// The service that the request names; nullptr when none does.
  [[nodiscard]] const Service* serviceOf(const HttpRequest& request) const;
  Result<void> authenticate(const HttpRequest& request, const Service& service, WallTime now);
  HttpResponse issueKey(const HttpRequest& request, WallTime now);
  HttpResponse takeRecords(const HttpRequest& request, WallTime now);
  HttpResponse listDay(const HttpRequest& request, WallTime now);
  HttpResponse servePage(const json::Value& query) const;
  [[nodiscard]] std::vector<std::string_view> keysOf(const HttpRequest& request,
                                                     const std::vector<json::Value>& records) const;
  HttpResponse refuse(int status, std::string_view code, std::string_view message);
  HttpResponse deny(const Error& error);
  [[nodiscard]] std::string body(std::string_view code, std::string_view message,
                                 std::string_view dataJson) const;
  [[nodiscard]] std::string numberedRow(std::size_t number, WallTime time) const;

  const Connection connection_;
  const kit::AnswerRules rules_;
  const std::vector<Service> services_;
  const std::optional<Service> query_;
  const std::string arrayMember_;
  const std::string idempotencyHeader_;
  const std::string idempotencyMember_;
  const std::string field_;
  const kit::TimeForm form_;
  const std::chrono::milliseconds keyLife_;
  const bool pushes_;

  kit::Ledger ledger_;
  kit::DayList held_;
  mutable Mutex mutex_;
  // By service id, newest last.
  std::map<std::string, std::vector<IssuedKey>, std::less<>> issued_ LIANQIAO_GUARDED_BY(mutex_);
  std::uint64_t keysIssued_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::map<std::string, WallTime, std::less<>> nonces_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<Row> rows_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::data_exchange
