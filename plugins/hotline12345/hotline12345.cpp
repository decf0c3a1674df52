#include <array>

#include "hotline12345/hotline_mock.h"
#include "hotline12345/hotline_receiver.h"
#include "hotline12345/hotline_sink.h"
#include "hotline12345/hotline_source.h"
#include "kit/answers/answer_fields.h"
#include "kit/counterpart/counterpart_fields.h"
#include "kit/counterpart/http_counterpart.h"

namespace lianqiao::hotline12345 {
namespace {

constexpr std::array<std::string_view, 3> kForms{"consultation", "consumption", "economy"};

constexpr std::array kOwn{
    FieldSpec{.name = "url",
              .kind = FieldKind::url,
              .doc = "Base address of the hotline platform, without a trailing slash.",
              .docZh = "热线平台基础地址，末尾不带斜杠。",
              .example = "http://10.1.2.3:8080"},
    FieldSpec{.name = "pull_path",
              .kind = FieldKind::text,
              .doc = "Path of the order list to pull; empty: orders are only pushed.",
              .docZh = "拉取工单列表的路径；留空表示只接收推送。",
              .example = "/admin/api/order/list"},
    FieldSpec{.name = "pull_token",
              .kind = FieldKind::secret,
              .doc = "Bearer token of the order list.",
              .docZh = "工单列表接口的令牌。"},
    FieldSpec{.name = "page_size",
              .kind = FieldKind::integer,
              .doc = "Orders on one page.",
              .docZh = "每页工单数。",
              .fallback = "100",
              .least = "1",
              .most = "1000",
              .unit = "orders",
              .unitZh = "条"},
    FieldSpec{.name = "overlap",
              .kind = FieldKind::duration,
              .doc = "How far each pull reaches back before the end of the last one; what comes "
                     "twice is recognised.",
              .docZh = "每次拉取向前重叠的时长；重复的工单会被识别。",
              .fallback = "10m",
              .least = "0s",
              .most = "30d"},
    FieldSpec{.name = "look_back",
              .kind = FieldKind::duration,
              .doc = "How far the very first pull reaches back.",
              .docZh = "首次拉取回溯的时长。",
              .fallback = "24h",
              .least = "0s",
              .most = "3650d"},
    FieldSpec{.name = "backfill_path",
              .kind = FieldKind::text,
              .doc = "Path under which the steps of filling back lie.",
              .docZh = "回填接口的公共路径。",
              .fallback = "/backfill"},
    FieldSpec{.name = "backfill_token",
              .kind = FieldKind::secret,
              .doc = "Bearer token for filling back; empty for none.",
              .docZh = "回填接口令牌；没有则留空。"},
    FieldSpec{.name = "operate_username",
              .kind = FieldKind::text,
              .doc = "Account that fills back.",
              .docZh = "执行回填的账号。"},
    FieldSpec{.name = "backfill_username",
              .kind = FieldKind::text,
              .doc = "Name under which the reply appears.",
              .docZh = "回填显示的用户名。"},
    FieldSpec{.name = "form_type",
              .kind = FieldKind::choice,
              .doc = "Form of the hotline that is filled.",
              .docZh = "回填的表单类型。",
              .fallback = "consultation",
              .choices = kForms},
};

constexpr auto kFields =
    kit::concatenated(kOwn, kit::counterpartFields({.items = "data.list", .total = "data.total"}));

/// What the platform lists is asked for with the token of its order list.
std::unique_ptr<Counterpart> counterpartOf(const Settings& settings, Host& host) {
  return kit::HttpCounterpart::make(
      settings, [&host, token = settings.secret("pull_token")](HttpCall call, Deadline deadline) {
        if (!token.empty()) call.headers.set("Authorization", "Bearer " + token.reveal());
        return host.send(call, deadline);
      });
}

constexpr Descriptor kDescriptor{
    .name = "hotline12345",
    .version = "1.0.0",
    .summary =
        "12345 hotlines: takes pushed work orders, pulls order lists, fills replies, returns and "
        "extensions back.",
    .summaryZh = "12345 热线：接收推送工单、拉取工单列表，回填答复、退回与延期申请。",
    .stability = Stability::beta,
    .posture = Posture::hardened,
    .settings = kFields,
    .makeReceiver = [](const Settings&, Host&) -> std::unique_ptr<Receiver> {
      return std::make_unique<HotlineReceiver>();
    },
    .makeSource = [](const Settings& settings, Host& host) -> std::unique_ptr<Source> {
      if (settings.text("pull_path").empty()) return nullptr;
      return std::make_unique<HotlineSource>(settings, host);
    },
    .makeSink = [](const Settings& settings, Host& host) -> std::unique_ptr<Sink> {
      if (settings.text("url").empty()) return nullptr;
      return std::make_unique<HotlineSink>(settings, host);
    },
    .makeCounterpart = counterpartOf,
    .makeMock = [](const Settings& settings) -> std::unique_ptr<MockPeer> {
      return std::make_unique<HotlineMock>(settings);
    },
    .makeReader = [](const Settings&, Host&,
                     const std::filesystem::path& file) -> std::unique_ptr<Source> {
      return sampleReader(file,
                          [](const HttpRequest& pushed) { return unwrap(pushed.body, pushed); });
    },
};

}  // namespace
}  // namespace lianqiao::hotline12345

LIANQIAO_ADAPTER("hotline12345", lianqiao::hotline12345::kDescriptor)
