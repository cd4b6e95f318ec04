/** React's thin layer over the models, as context.ts is over the live store. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ModelsState, ModelsStore } from './models.ts';
import type { ModelsController } from './models-controller.ts';

export interface Models {
  readonly store: ModelsStore;
  readonly controller: ModelsController;
}

export const ModelsContext = createContext<Models | null>(null);

export function useModels(): Models {
  const models = useContext(ModelsContext);
  if (!models) throw new Error('this view must stand inside ModelsContext');
  return models;
}

export const useModelsState = <T>(select: (state: ModelsState) => T): T => useStore(useModels().store, select);
