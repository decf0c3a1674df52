#pragma once

#include <memory>
#include <string>
#include <vector>

#include "intake/endpoint.h"
#include "intake/service.h"

namespace lianqiao::intake {

/// One request on its way through the service, which alone knows it. Of whichever thread has it.
struct Service::Exchange {
  HttpRequest request;
  std::unique_ptr<http::Responder> responder;
  std::shared_ptr<Endpoint> endpoint;
  std::string rest;
  Reception reception;
  std::size_t items = 0;
  std::size_t next = 0;  ///< The first item of which nothing is made yet.
  std::vector<ItemVerdict> verdicts;
  bool quarantined = false;
  Permit permit;  ///< Ends before the endpoint, with the answer.
};

}  // namespace lianqiao::intake
