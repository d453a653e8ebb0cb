/** What is measured unless a part says otherwise. */
export const BENCH = { model: "ec20", cloud: "aliyun" } as const;
