#include "admin/client.h"
#include "base/text_view.h"
#include "doctor/doctor.h"
#include "lianqiao/json.h"

namespace lianqiao::doctor {

void lookAtRefusing(const config::GatewayConfig& config, Checkup& checkup) {
  const auto node = admin::readNodeFile(config.data);
  if (!node) return;
  const auto answer = admin::call(*node, "GET", "/v1/status", std::chrono::seconds(10));
  json::Document status;
  if (!answer || answer->status != 200 || !json::parse(answer->body, status)) return;
  bool well = true;
  if (const json::Value* obstacle = status.root.find("obstacle")) {
    well = false;
    checkup.fail("Redis takes no records (" + std::string(base::textOf(obstacle, "code")) +
                     "): " + std::string(base::textOf(obstacle, "detail")),
                 "see that code in deploy/README.md");
  }
  if (const json::Value* refusing = status.root.find("refusing")) {
    for (const json::Value& one : refusing->elements()) {
      well = false;
      const std::string_view peer = base::textOf(&one, "peer");
      checkup.fail(std::string(peer.empty() ? "everybody" : peer) + " is refused (" +
                       std::string(base::textOf(&one, "code")) +
                       "): " + std::string(base::textOf(&one, "detail")),
                   "see that code in deploy/README.md");
    }
  }
  if (well) checkup.ok("the gateway that runs refuses nobody");
}

}  // namespace lianqiao::doctor
