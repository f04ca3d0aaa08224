const CREATED_BY = 'EC2 Image Builder';

/** Conditions on the tag that Image Builder puts on whatever it makes: on what has it, and on what is made with it. */
export const MADE_BY_IMAGE_BUILDER = { 'aws:ResourceTag/CreatedBy': CREATED_BY } as const;
export const TAGGED_BY_IMAGE_BUILDER = { 'aws:RequestTag/CreatedBy': CREATED_BY } as const;
