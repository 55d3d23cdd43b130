/** Settings that are pairs in a list, which no schema names. Keys and values are those of the services' API references. */
import type { Declared } from './resources.ts';
import { asList, asObject, asText, type Data, type DataObject, isList } from './wire.ts';

/** A list of pairs, and how a pair is spelled. */
interface PairList {
  readonly type: string;
  readonly list: string;
  readonly key: string;
  readonly value: string;
  /** By key: what it takes. */
  readonly known: { readonly [key: string]: 'integer' | 'boolean' | readonly string[] };
}

const LISTS: readonly PairList[] = [
  {
    type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    list: 'LoadBalancerAttributes',
    key: 'Key',
    value: 'Value',
    known: {
      'idle_timeout.timeout_seconds': 'integer',
      'client_keep_alive.seconds': 'integer',
      'deletion_protection.enabled': 'boolean',
      'routing.http2.enabled': 'boolean',
      'routing.http.drop_invalid_header_fields.enabled': 'boolean',
      'routing.http.preserve_host_header.enabled': 'boolean',
      'load_balancing.cross_zone.enabled': 'boolean',
      'waf.fail_open.enabled': 'boolean',
    },
  },
  {
    type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    list: 'TargetGroupAttributes',
    key: 'Key',
    value: 'Value',
    known: {
      'deregistration_delay.timeout_seconds': 'integer',
      'slow_start.duration_seconds': 'integer',
      'stickiness.enabled': 'boolean',
      'stickiness.lb_cookie.duration_seconds': 'integer',
      'stickiness.type': ['lb_cookie', 'app_cookie', 'source_ip'],
      'load_balancing.algorithm.type': ['round_robin', 'least_outstanding_requests', 'weighted_random'],
      'preserve_client_ip.enabled': 'boolean',
      'proxy_protocol_v2.enabled': 'boolean',
    },
  },
  {
    type: 'AWS::ECS::Cluster',
    list: 'ClusterSettings',
    key: 'Name',
    value: 'Value',
    known: { containerInsights: ['enabled', 'disabled', 'enhanced'] },
  },
];

/** One pair that could be added. */
export interface MissingPair {
  readonly list: string;
  readonly key: string;
  readonly type: string;
  readonly allowed: readonly string[];
  /** The item for a value. */
  readonly item: (value: Data) => DataObject;
}

/** Known settings that the resource does not have in its list. A list that is no plain list takes none. */
export function missingPairs({ type, properties }: Declared): readonly MissingPair[] {
  return LISTS.filter((one) => one.type === type).flatMap(({ list, key, value, known }) => {
    const held = properties[list];
    if (held !== undefined && !isList(held)) return [];
    const have = new Set(asList(held).map((item) => asText(asObject(item)[key])));
    return Object.entries(known)
      .filter(([name]) => !have.has(name))
      .map(([name, takes]) => ({
        list,
        key: name,
        type: typeof takes === 'string' ? takes : 'string',
        allowed: typeof takes === 'string' ? [] : takes,
        item: (given: Data) => ({ [key]: name, [value]: String(given) }),
      }));
  });
}
