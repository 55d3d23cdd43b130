/**
 * Which models are asked when `ial.yaml` names none: the first that the account may use. From AWS's documentation on the date below;
 * none of them could be called from here.
 */

export const MODELS_AS_OF = '2026-11-26';

/** Where an inference profile of a geography passes requests on to. */
const DESTINATIONS = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'],
  /** Any commercial region; written without one in ARNs. */
  global: [''],
} as const;

type Geography = keyof typeof DESTINATIONS;

interface ModelEntry {
  readonly id: string;
  readonly geographies: readonly Geography[];
}

/** Best first. The second and third serve accounts without access to the first. */
const MODELS: readonly ModelEntry[] = [
  { id: 'anthropic.claude-sonnet-4-5-20250929-v1:0', geographies: ['us', 'eu', 'global'] },
  { id: 'anthropic.claude-haiku-4-5-20251001-v1:0', geographies: ['us', 'eu', 'global'] },
  { id: 'amazon.nova-pro-v1:0', geographies: ['us', 'eu'] },
];

function geographyOf(region: string): Geography {
  const [start] = region.split('-');
  return start === 'us' || start === 'eu' ? start : 'global';
}

/** Inference profiles to ask from a region, best first. */
export function defaultModels(region: string): readonly string[] {
  const geography = geographyOf(region);
  return MODELS.filter(({ geographies }) => geographies.includes(geography)).map(({ id }) => `${geography}.${id}`);
}

/** What a policy must allow for `defaultModels` of every region: the profiles, and each model in every region they pass requests on to. */
export function modelResources(): readonly string[] {
  const arn = (rest: string): string => `arn:\${AWS::Partition}:bedrock:${rest}`;
  return MODELS.flatMap(({ id, geographies }) => [
    ...geographies.map((geography) => arn(`\${AWS::Region}:\${AWS::AccountId}:inference-profile/${geography}.${id}`)),
    ...geographies.flatMap((geography) => DESTINATIONS[geography]).map((region) => arn(`${region}::foundation-model/${id}`)),
    // A global profile also asks the region it is called in.
    ...(geographies.includes('global') ? [arn(`\${AWS::Region}::foundation-model/${id}`)] : []),
  ]);
}
