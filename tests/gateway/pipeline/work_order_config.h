#pragma once

#include <filesystem>
#include <string>

#include "config/gateway_config.h"
#include "yaml/yaml_reader.h"

/// A configuration of three peers around the shipped schemas: a hotline that sends work orders, a
/// grid platform that takes them and sends steps back, and a province that takes records as they
/// are.
namespace lianqiao::pipeline {

inline constexpr const char* kOrderIn = R"(mapping: order_in
direction: inbound
type: work_order
when: {path: rqsttitle, present: true}
record:
  key: [caseguid]
  sourceid: caseguid
  revision: {from: rqsttime, time: auto}
  time: rqsttime
  priority: {from: pilotLight, cases: {特急: high}, default: normal}
fields:
  orderNo: {first: [serialnum, caseguid], clean: id}
  serialNo: tserialnum
  title: {from: rqsttitle, clean: line, max: 500}
  content: {from: rqstcontent, clean: text, max: 20000, truncate: true}
  orderType: {from: accordtypecode, table: order_type, label: accordtype}
  channel: {from: rqstsource, table: channel}
  status: {from: status, table: order_status}
  reporter.name: {from: rqstperson, clean: line}
  reporter.phone: {first: [linkphone, rqstnumber], clean: phone}
  reporter.callerNumber: {from: rqstnumber, clean: phone}
  reporter.address: {from: rqstaddress, clean: line}
  location.address: {template: "{city}{county}{address}"}
  location.point: {point: {lng: lng, lat: lat, datum: gcj02}}
  division: areacode
  department.name: deptname
  department.code: deptcode
  assignedTo.name: handler
  createdTime: {from: rqsttime, time: auto}
  dispatchedTime: {from: assigndate, time: auto}
  deadline: {from: expiredate, time: auto}
  isSecret: {from: issecret, boolean: true}
  wantsReply: {from: isvisit, boolean: true}
  votes.for: {from: likes, integer: true}
  attachments: {each: attachs, fields: {name: FileName, url: FileUrl}}
rest: sourceFields
)";

inline constexpr const char* kStepIn = R"(mapping: step_in
direction: inbound
type: work_order_step
record:
  key: orderKey
  key_is_full: true
  sourceid: feedbackId
  time: at
fields:
  orderKey: {record: key}
  stepId: {record: sourceid}
  step: {from: kind, cases: {"0": replied, "1": return_applied, "4": closed}}
  time: {from: at, time: auto}
  content: text
)";

inline constexpr const char* kOrderOut = R"(mapping: order_out
direction: outbound
type: [work_order]
fields:
  workordercode: data.orderNo
  workordercontent: data.content
  workordertype: {from: data.orderType, to: order_type}
  dispatchtime: {first: [data.dispatchedTime, data.createdTime], format: "yyyy-MM-dd HH:mm:ss"}
  lng: {point: {of: data.location.point, to: gcj02, part: lng}}
  lat: {point: {of: data.location.point, to: gcj02, part: lat}}
  attachments: {each: data.attachments, value: url, join: ","}
  orderKey: subject
)";

inline constexpr const char* kOrderTypes = R"(table: order_type
version: "1"
title: order types
after_last: "-"
entries:
  - {theirs: "01", ours: consult, text: 咨询}
  - {theirs: "02", ours: complain, text: 投诉}
  - {theirs: ["03", "30"], ours: help, text: 求助}
)";
inline constexpr const char* kChannels = R"(table: channel
unmapped: other
other: other
entries:
  - {theirs: 来电, ours: phone}
  - {theirs: 互联网络, ours: internet}
)";
inline constexpr const char* kStatuses = R"(table: order_status
entries:
  - {theirs: "1", ours: registered}
  - {theirs: "2", ours: dispatched}
)";

/// A record with every field of order_in, in the words of the hotline.
inline constexpr const char* kOrder =
    R"({"caseguid":"5f1c-77","serialnum":"ZK20210309001","tserialnum":"GD-1","rqsttitle":"　人民路路灯不亮 ",)"
    R"("rqstcontent":"人民路与建设路交叉口向东二百米，路灯已经三天不亮，老人和孩子夜间出行很不方便，请有关部门尽快维修。",)"
    R"("accordtypecode":"求助-03","accordtype":"求助","rqstsource":"来电","status":"1","rqstperson":"王小明",)"
    R"("linkphone":"１３８ ０００１ ２３４５","rqstnumber":"03948260000","rqstaddress":"某小区3号楼","city":"周口市","county":"川汇区",)"
    R"("address":"人民路","lng":"114.655","lat":"33.6187","areacode":"411602000000","deptname":"市政管理处","deptcode":"D12",)"
    R"("handler":"李四","rqsttime":"2021/3/9 8:05:07","assigndate":"2021-03-09 09:00:00","expiredate":"20210316090000",)"
    R"("issecret":"否","isvisit":"1","likes":3,"pilotLight":"特急",)"
    R"("attachs":[{"FileName":"灯.jpg","FileUrl":"https://files.example/1"},{"FileName":"路.jpg","FileUrl":"https://files.example/2"}],)"
    R"("focus":"市政"})";

inline yaml::YamlNode yaml(const std::string& text, const std::string& name) {
  yaml::Findings findings;
  return yaml::YamlReader::readText(text, name, findings).value();
}

inline config::GatewayConfig workOrderConfig() {
  config::GatewayConfig config;
  config.schemas = std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas";
  config.mappings["order_in"] = yaml(kOrderIn, "mappings/order_in.yaml");
  config.mappings["step_in"] = yaml(kStepIn, "mappings/step_in.yaml");
  config.mappings["order_out"] = yaml(kOrderOut, "mappings/order_out.yaml");
  config.codeTables["order_type"] = yaml(kOrderTypes, "codes/order_type.yaml");
  config.codeTables["channel"] = yaml(kChannels, "codes/channel.yaml");
  config.codeTables["order_status"] = yaml(kStatuses, "codes/order_status.yaml");
  config::PeerConfig hotline;
  hotline.name = "hotline";
  hotline.inbound.mappings = {"order_in"};
  config::PeerConfig grid;
  grid.name = "grid";
  grid.inbound.mappings = {"step_in"};
  grid.outbound.mappings = {"order_out"};
  config::PeerConfig province;
  province.name = "province";
  config.peers = {hotline, grid, province};
  using Operator = config::RouteCondition::Operator;
  config.routes = {
      {"orders to the grid",
       {{"type", Operator::equals, {"work_order"}},
        {"data.orderType", Operator::one_of, {"help", "complain"}}},
       {"grid"},
       {}},
      {"orders to the province",
       {{"type", Operator::equals, {"work_order"}}, {"data.division", Operator::prefix, {"4116"}}},
       {"province", "grid"},
       {}},
      {"steps", {{"type", Operator::equals, {"work_order_step"}}}, {"hotline"}, {}}};
  return config;
}

}  // namespace lianqiao::pipeline
