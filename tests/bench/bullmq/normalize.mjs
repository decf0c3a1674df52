// The mapping of tests/bench/config/mappings/order_in.yaml by hand: 25 fields, 3 code tables.
const types = new Map([['工单', 'help'], ['咨询', 'consultation'], ['投诉', 'complaint'], ['建议', 'suggestion'], ['表扬', 'praise']]);
const channels = new Map([['电话', 'phone'], ['微信', 'wechat'], ['网站', 'web'], ['APP', 'app'], ['来访', 'visit']]);
const urgencies = new Map([['一般', 'normal'], ['紧急', 'urgent'], ['特急', 'emergency']]);
const line = (text) => text?.replace(/\s+/gu, ' ').trim();
const coded = (table, text) => ({ code: table.get(text) ?? 'other', text });
const time = (text) => new Date(text).toISOString();

export function normalize(order) {
  const { reporter, location } = order;
  return {
    orderNo: line(order.recordId), serialNo: order.trace, title: line(order.title), content: order.content?.trim(),
    orderType: coded(types, order.bizType), channel: coded(channels, order.channel), urgency: coded(urgencies, order.priority),
    category: { code: order.category.code, text: order.category.name },
    status: { code: 'registered', text: order.status },
    reporter: { name: line(reporter.name), phone: line(reporter.phone), anonymous: reporter.anonymous, address: order.contactEmail },
    location: { address: line(location.address), point: { lng: location.lng, lat: location.lat, datum: 'wgs84' } },
    createdTime: time(order.createdAt), deadline: time(order.deadline),
    department: { code: location.district, name: order.sourceSystem },
    assignedTo: { name: line(order.operator) },
    attachments: order.attachments.map((file) => ({ name: file.name, url: file.name, size: file.size })),
    wantsReply: order.urgent, votes: { for: order.attempts, against: order.version }, relatedOrder: line(order.remark),
    sourceFields: { tags: order.tags, amount: order.amount, sourceIp: order.sourceIp, lang: order.lang },
  };
}
