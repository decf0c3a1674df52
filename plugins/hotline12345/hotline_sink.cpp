#include "hotline12345/hotline_sink.h"

#include <map>

namespace lianqiao::hotline12345 {

const std::vector<std::string_view>* demandsOf(std::string_view step) {
  static const std::map<std::string_view, std::vector<std::string_view>> kDemands{
      {"assignSubordinate", {"memberUnit", "distributionOpinions"}},
      {"initialReply", {"firstOpinion"}},
      {"acceptance", {"mode"}},
      {"notAcceptance", {"reason", "content"}},
      {"sendBack", {"reason", "description"}},
      {"applyExtension", {"reason", "limit", "unit"}},
      {"caseFiling", {"limit"}},
      {"consultationProcessFeedback", {"processResult"}},
      {"economyProcessFeedback", {"processResult"}},
      {"consumptionProcessFeedback", {"processResult"}},
  };
  const auto found = kDemands.find(step);
  return found == kDemands.end() ? nullptr : &found->second;
}

HotlineSink::HotlineSink(const Settings& settings, Host& host)
    : host_(host),
      url_(settings.text("url") + settings.text("backfill_path")),
      operator_(settings.text("operate_username")),
      account_(settings.text("backfill_username")),
      formType_(settings.text("form_type")),
      token_(settings.secret("backfill_token")) {}

Outcome HotlineSink::deliver(const Delivery& delivery, Deadline deadline) {
  const json::Value* step = delivery.payload.find("step");
  if (step == nullptr || demandsOf(step->text()) == nullptr) {
    return Outcome::failed(
        Verdict::rejected, codes::kRejected,
        "The outbound mapping must set `step` to one that the hotline knows (README, \"Steps\").");
  }
  for (const std::string_view name : *demandsOf(step->text())) {
    if (delivery.payload.find(name) == nullptr) {
      return Outcome::failed(Verdict::rejected, codes::kRejected,
                             "Step " + std::string(step->text()) + " needs " + std::string(name) +
                                 "; add it to the outbound mapping.");
    }
  }
  // Common members first; the mapping's own win.
  std::vector<json::Member> members(delivery.payload.members().begin(),
                                    delivery.payload.members().end());
  const auto complete = [&](std::string_view name, const std::string& value) {
    if (!value.empty() && delivery.payload.find(name) == nullptr)
      members.push_back({name, json::Value::ofText(value)});
  };
  complete("operateUsername", operator_);
  complete("backfillUsername", account_);
  complete("formType", formType_);
  json::Document document;
  HttpCall call;
  call.url = url_ + "/" + std::string(step->text());
  call.headers.add("Content-Type", "application/json; charset=utf-8");
  call.headers.add("Idempotency-Key", std::string(delivery.idempotencyKey));
  if (!token_.empty()) call.headers.add("Authorization", "Bearer " + token_.reveal());
  call.body = json::write(document.object(members));
  auto response = host_.send(call, deadline);
  if (!response) return outcomeOfError(response.error());
  if (response->status != 200 && response->status < 300) {
    return Outcome::failed(
        Verdict::retry, codes::kPeerError,
        "The hotline answered " + std::to_string(response->status) + "; only 200 confirms.");
  }
  Outcome outcome = outcomeOfHttp(*response);
  if (outcome.verdict == Verdict::delivered) {
    json::Document answer;
    if (json::parse(response->body, answer)) {
      const json::Value* id = answer.root.find("backfillId");
      if (id != nullptr) outcome.receipt = id->text();
    }
  }
  return outcome;
}

Result<void> HotlineSink::probe(Deadline deadline) {
  HttpCall call;
  call.method = "GET";
  call.url = url_;
  auto response = host_.send(call, deadline);
  if (!response) return response.error();
  return {};
}

}  // namespace lianqiao::hotline12345
